using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Host;

/// <summary>Matrix transposition <c>to[c, r] = from[r, c]</c> with free row steps.</summary>
internal static unsafe class HostTranspose
{
    public static void Run(float* from, nint fromStep, float* to, nint toStep, int rows, int columns)
    {
        var r = 0;
        if (Avx.IsSupported)
        {
            for (; r <= rows - 8; r += 8)
            {
                var c = 0;
                for (; c <= columns - 8; c += 8)
                {
                    Block8(from + r * fromStep + c, fromStep, to + c * toStep + r, toStep);
                }

                Plain(from + r * fromStep + c, fromStep, to + c * toStep + r, toStep, 8, columns - c);
            }
        }

        Plain(from + r * fromStep, fromStep, to + r, toStep, rows - r, columns);
    }

    private static void Plain(float* from, nint fromStep, float* to, nint toStep, int rows, int columns)
    {
        for (var c = 0; c < columns; c++)
        {
            for (var r = 0; r < rows; r++)
            {
                to[c * toStep + r] = from[r * fromStep + c];
            }
        }
    }

    /// <summary>Eight by eight in registers: interleave pairs, then quads, then halves. Needs AVX.</summary>
    public static void Block8(float* from, nint fromStep, float* to, nint toStep)
    {
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + fromStep);
        var r2 = Vector256.Load(from + 2 * fromStep);
        var r3 = Vector256.Load(from + 3 * fromStep);
        var r4 = Vector256.Load(from + 4 * fromStep);
        var r5 = Vector256.Load(from + 5 * fromStep);
        var r6 = Vector256.Load(from + 6 * fromStep);
        var r7 = Vector256.Load(from + 7 * fromStep);
        var (p0, p1) = (Avx.UnpackLow(r0, r1), Avx.UnpackHigh(r0, r1));
        var (p2, p3) = (Avx.UnpackLow(r2, r3), Avx.UnpackHigh(r2, r3));
        var (p4, p5) = (Avx.UnpackLow(r4, r5), Avx.UnpackHigh(r4, r5));
        var (p6, p7) = (Avx.UnpackLow(r6, r7), Avx.UnpackHigh(r6, r7));
        var (q0, q1) = (Avx.Shuffle(p0, p2, 0x44), Avx.Shuffle(p0, p2, 0xEE));
        var (q2, q3) = (Avx.Shuffle(p1, p3, 0x44), Avx.Shuffle(p1, p3, 0xEE));
        var (q4, q5) = (Avx.Shuffle(p4, p6, 0x44), Avx.Shuffle(p4, p6, 0xEE));
        var (q6, q7) = (Avx.Shuffle(p5, p7, 0x44), Avx.Shuffle(p5, p7, 0xEE));
        Avx.Permute2x128(q0, q4, 0x20).Store(to);
        Avx.Permute2x128(q1, q5, 0x20).Store(to + toStep);
        Avx.Permute2x128(q2, q6, 0x20).Store(to + 2 * toStep);
        Avx.Permute2x128(q3, q7, 0x20).Store(to + 3 * toStep);
        Avx.Permute2x128(q0, q4, 0x31).Store(to + 4 * toStep);
        Avx.Permute2x128(q1, q5, 0x31).Store(to + 5 * toStep);
        Avx.Permute2x128(q2, q6, 0x31).Store(to + 6 * toStep);
        Avx.Permute2x128(q3, q7, 0x31).Store(to + 7 * toStep);
    }
}
