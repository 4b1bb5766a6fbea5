using System.Numerics;
using System.Runtime.InteropServices;

namespace IlgpuVq.Train.Training;

/// <summary>How far images of bytes are from each other, in whole numbers: the same on every machine, in any order.</summary>
internal static class PixelDistance
{
    /// <summary>Steps of a vector after which its 32-bit sums go to a 64-bit one: each adds at most 4 · 255².</summary>
    private const int MostSteps = int.MaxValue / (4 * 255 * 255);

    /// <summary>Σ (a − b)² over all bytes.</summary>
    public static long Squared(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var x = MemoryMarshal.Cast<byte, Vector<byte>>(a);
        var y = MemoryMarshal.Cast<byte, Vector<byte>>(b[..a.Length]);
        var sum = 0L;
        for (var first = 0; first < x.Length; first += MostSteps)
        {
            var part = Vector<uint>.Zero;
            for (var i = first; i < Math.Min(x.Length, first + MostSteps); i++)
            {
                // The larger less the smaller: 0 … 255, whose square fits into 16 bits.
                Vector.Widen(Vector.Max(x[i], y[i]) - Vector.Min(x[i], y[i]), out var low, out var high);
                Vector.Widen(low * low, out var a0, out var a1);
                Vector.Widen(high * high, out var b0, out var b1);
                part += a0 + a1 + (b0 + b1);
            }

            for (var lane = 0; lane < Vector<uint>.Count; lane++)
            {
                sum += part[lane];
            }
        }

        for (var i = x.Length * Vector<byte>.Count; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }
}
