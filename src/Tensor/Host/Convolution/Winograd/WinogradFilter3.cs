using System.Runtime.Intrinsics;
using static IlgpuVq.Tensors.Host.Convolution.Winograd.WinogradFilter;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>F(4, 3), points 0, p, −p, q, −q, ∞: 36 products for a tile of 16 outputs that takes 144 otherwise.</summary>
/// <remarks>With M(z) = z (z² − p²) (z² − q²), the row of Bᵀ of a point is M(z) / (z − point), that of ∞ M itself; a row of G is
/// (1, z, z²) divided by the derivative of M at the point; a column of Aᵀ is (1, z, z², z³).</remarks>
internal readonly unsafe struct WinogradFilter3 : IWinogradFilter
{
    private const float P = 0.75f;
    private const float Q = 1.5f;
    private const float P2 = P * P;
    private const float Q2 = Q * Q;

    /// <summary>Reciprocals of M′ at 0, ±p and ±q.</summary>
    private const float AtZero = 1 / (P2 * Q2);

    private const float AtP = 1 / (2 * P2 * (P2 - Q2));
    private const float AtQ = 1 / (2 * Q2 * (Q2 - P2));

    public static int Taps => 3;

    public static int Points => 6;

    public static void Source(float* from, nint fromStep, float* to, nint toStep)
    {
        var (x0, x1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (x2, x3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (x4, x5) = (Vector512.Load(from + 4 * fromStep), Vector512.Load(from + 5 * fromStep));
        var (evenP, oddP) = (Add(-Q2, x2, x4), Vector512.Create(P) * Add(-Q2, x1, x3));
        var (evenQ, oddQ) = (Add(-P2, x2, x4), Vector512.Create(Q) * Add(-P2, x1, x3));
        Add(P2 * Q2, x0, Add(-(P2 + Q2), x2, x4)).Store(to);
        (evenP + oddP).Store(to + toStep);
        (evenP - oddP).Store(to + 2 * toStep);
        (evenQ + oddQ).Store(to + 3 * toStep);
        (evenQ - oddQ).Store(to + 4 * toStep);
        Add(P2 * Q2, x1, Add(-(P2 + Q2), x3, x5)).Store(to + 5 * toStep);
    }

    public static void Weight(float* from, nint fromStep, float* to, nint toStep)
    {
        var (w0, w1, w2) = (Vector512.Load(from), Vector512.Load(from + fromStep), Vector512.Load(from + 2 * fromStep));
        var (evenP, oddP) = (Vector512.Create(AtP) * Add(P2, w2, w0), Vector512.Create(AtP * P) * w1);
        var (evenQ, oddQ) = (Vector512.Create(AtQ) * Add(Q2, w2, w0), Vector512.Create(AtQ * Q) * w1);
        (Vector512.Create(AtZero) * w0).Store(to);
        (evenP + oddP).Store(to + toStep);
        (evenP - oddP).Store(to + 2 * toStep);
        (evenQ + oddQ).Store(to + 3 * toStep);
        (evenQ - oddQ).Store(to + 4 * toStep);
        w2.Store(to + 5 * toStep);
    }

    public static void Result(float* from, nint fromStep, float* to, nint toStep)
    {
        var (m1, m2) = (Vector512.Load(from + fromStep), Vector512.Load(from + 2 * fromStep));
        var (m3, m4) = (Vector512.Load(from + 3 * fromStep), Vector512.Load(from + 4 * fromStep));
        var (evenP, oddP, evenQ, oddQ) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4);
        (Vector512.Load(from) + evenP + evenQ).Store(to);
        Add(P, oddP, Vector512.Create(Q) * oddQ).Store(to + toStep);
        Add(P2, evenP, Vector512.Create(Q2) * evenQ).Store(to + 2 * toStep);
        Add(P * P2, oddP, Add(Q * Q2, oddQ, Vector512.Load(from + 5 * fromStep))).Store(to + 3 * toStep);
    }

    public static void ResultGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var (y0, y1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (y2, y3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (evenP, oddP) = (Add(P2, y2, y0), Vector512.Create(P) * Add(P2, y3, y1));
        var (evenQ, oddQ) = (Add(Q2, y2, y0), Vector512.Create(Q) * Add(Q2, y3, y1));
        y0.Store(to);
        (evenP + oddP).Store(to + toStep);
        (evenP - oddP).Store(to + 2 * toStep);
        (evenQ + oddQ).Store(to + 3 * toStep);
        (evenQ - oddQ).Store(to + 4 * toStep);
        y3.Store(to + 5 * toStep);
    }

    public static void WeightGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var (u1, u2) = (Vector512.Load(from + fromStep), Vector512.Load(from + 2 * fromStep));
        var (u3, u4) = (Vector512.Load(from + 3 * fromStep), Vector512.Load(from + 4 * fromStep));
        var (evenP, oddP) = (Vector512.Create(AtP) * (u1 + u2), u1 - u2);
        var (evenQ, oddQ) = (Vector512.Create(AtQ) * (u3 + u4), u3 - u4);
        Add(AtZero, Vector512.Load(from), evenP + evenQ).Store(to);
        Add(AtP * P, oddP, Vector512.Create(AtQ * Q) * oddQ).Store(to + toStep);
        Add(P2, evenP, Add(Q2, evenQ, Vector512.Load(from + 5 * fromStep))).Store(to + 2 * toStep);
    }
}
