using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Merges rows number by number: <c>to[c·rows + r] = from[r·fromStep + c]</c> for as many numbers as <c>to</c>
/// takes.</summary>
internal static unsafe class HostInterleave
{
    public static void Run(float* from, nint fromStep, int rows, float* to, int count)
    {
        if (rows == 1)
        {
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
            return;
        }

        var done = 0;
        if (rows == 2 && Avx.IsSupported)
        {
            for (; done <= count - 16; done += 16)
            {
                var (even, odd) = (Vector256.Load(from + done / 2), Vector256.Load(from + fromStep + done / 2));
                var (low, high) = (Avx.UnpackLow(even, odd), Avx.UnpackHigh(even, odd));
                Avx.Permute2x128(low, high, 0x20).Store(to + done);
                Avx.Permute2x128(low, high, 0x31).Store(to + done + 8);
            }
        }

        for (var i = done; i < count; i++)
        {
            to[i] = from[i % rows * fromStep + i / rows];
        }
    }
}
