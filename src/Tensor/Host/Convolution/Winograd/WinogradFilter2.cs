using System.Runtime.Intrinsics;
using static IlgpuVq.Tensors.Host.Convolution.Winograd.WinogradFilter;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>F(4, 2), points p, −p, q, −q, ∞: 25 products for a tile of 16 outputs that takes 64 otherwise.</summary>
/// <remarks>With M(z) = (z² − p²) (z² − q²), the row of Bᵀ of a point is M(z) / (z − point), that of ∞ M itself; a row of G is
/// (1, z) divided by the derivative of M at the point; a column of Aᵀ is (1, z, z², z³).</remarks>
internal readonly unsafe struct WinogradFilter2 : IWinogradFilter
{
    private const float P = 0.5f;
    private const float Q = 1.25f;
    private const float P2 = P * P;
    private const float Q2 = Q * Q;

    /// <summary>Reciprocals of M′ at p and q; at −p and −q they are the opposite.</summary>
    private const float AtP = 1 / (2 * P * (P2 - Q2));

    private const float AtQ = 1 / (2 * Q * (Q2 - P2));

    public static int Taps => 2;

    public static int Points => 5;

    public static void Source(float* from, nint fromStep, float* to, nint toStep)
    {
        var (x0, x1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (x2, x3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (evenP, oddP) = (Vector512.Create(P) * Add(-Q2, x0, x2), Add(-Q2, x1, x3));
        var (evenQ, oddQ) = (Vector512.Create(Q) * Add(-P2, x0, x2), Add(-P2, x1, x3));
        (oddP + evenP).Store(to);
        (oddP - evenP).Store(to + toStep);
        (oddQ + evenQ).Store(to + 2 * toStep);
        (oddQ - evenQ).Store(to + 3 * toStep);
        Add(P2 * Q2, x0, Add(-(P2 + Q2), x2, Vector512.Load(from + 4 * fromStep))).Store(to + 4 * toStep);
    }

    public static void Weight(float* from, nint fromStep, float* to, nint toStep)
    {
        var (w0, w1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (evenP, oddP) = (Vector512.Create(AtP) * w0, Vector512.Create(AtP * P) * w1);
        var (evenQ, oddQ) = (Vector512.Create(AtQ) * w0, Vector512.Create(AtQ * Q) * w1);
        (oddP + evenP).Store(to);
        (oddP - evenP).Store(to + toStep);
        (oddQ + evenQ).Store(to + 2 * toStep);
        (oddQ - evenQ).Store(to + 3 * toStep);
        w1.Store(to + 4 * toStep);
    }

    public static void Result(float* from, nint fromStep, float* to, nint toStep)
    {
        var (m0, m1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (m2, m3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (evenP, oddP, evenQ, oddQ) = (m0 + m1, m0 - m1, m2 + m3, m2 - m3);
        (evenP + evenQ).Store(to);
        Add(P, oddP, Vector512.Create(Q) * oddQ).Store(to + toStep);
        Add(P2, evenP, Vector512.Create(Q2) * evenQ).Store(to + 2 * toStep);
        Add(P * P2, oddP, Add(Q * Q2, oddQ, Vector512.Load(from + 4 * fromStep))).Store(to + 3 * toStep);
    }

    public static void ResultGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var (y0, y1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (y2, y3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (evenP, oddP) = (Add(P2, y2, y0), Vector512.Create(P) * Add(P2, y3, y1));
        var (evenQ, oddQ) = (Add(Q2, y2, y0), Vector512.Create(Q) * Add(Q2, y3, y1));
        (evenP + oddP).Store(to);
        (evenP - oddP).Store(to + toStep);
        (evenQ + oddQ).Store(to + 2 * toStep);
        (evenQ - oddQ).Store(to + 3 * toStep);
        y3.Store(to + 4 * toStep);
    }

    public static void WeightGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var (u0, u1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (u2, u3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        Add(AtP, u0 - u1, Vector512.Create(AtQ) * (u2 - u3)).Store(to);
        Add(AtP * P, u0 + u1, Add(AtQ * Q, u2 + u3, Vector512.Load(from + 4 * fromStep))).Store(to + toStep);
    }
}
