using System.Runtime.Intrinsics;
using static IlgpuVq.Tensors.Host.Convolution.Winograd.WinogradFilter;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>F(4, 2), points 0, p, −p, q, ∞: 25 products for a tile of 16 outputs that takes 64 otherwise.</summary>
/// <remarks>With M(z) = z (z² − p²) (z − q), the row of Bᵀ of a point is M(z) / (z − point), that of ∞ M itself; a row of G is (1, z)
/// divided by the derivative of M at the point; a column of Aᵀ is (1, z, z², z³).</remarks>
internal readonly unsafe struct WinogradFilter2 : IWinogradFilter
{
    private const float P = 0.75f;
    private const float Q = 1.5f;
    private const float P2 = P * P;
    private const float Q2 = Q * Q;

    /// <summary>Reciprocals of M′ at 0, p, −p and q.</summary>
    private const float AtZero = 1 / (P2 * Q);

    private const float AtP = 1 / (2 * P2 * (P - Q));
    private const float AtMinusP = -1 / (2 * P2 * (P + Q));
    private const float AtQ = 1 / (Q * (Q2 - P2));

    public static int Taps => 2;

    public static int Points => 5;

    public static void Source(float* from, nint fromStep, float* to, nint toStep)
    {
        var (x0, x1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (x2, x3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var x4 = Vector512.Load(from + 4 * fromStep);
        Add(P2 * Q, x0, Add(-P2, x1, Add(-Q, x2, x3))).Store(to);
        Add(-P * Q, x1, Add(P - Q, x2, x3)).Store(to + toStep);
        Add(P * Q, x1, Add(-(P + Q), x2, x3)).Store(to + 2 * toStep);
        Add(-P2, x1, x3).Store(to + 3 * toStep);
        Add(P2 * Q, x1, Add(-P2, x2, Add(-Q, x3, x4))).Store(to + 4 * toStep);
    }

    public static void Weight(float* from, nint fromStep, float* to, nint toStep)
    {
        var (w0, w1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        (Vector512.Create(AtZero) * w0).Store(to);
        (Vector512.Create(AtP) * Add(P, w1, w0)).Store(to + toStep);
        (Vector512.Create(AtMinusP) * Add(-P, w1, w0)).Store(to + 2 * toStep);
        (Vector512.Create(AtQ) * Add(Q, w1, w0)).Store(to + 3 * toStep);
        w1.Store(to + 4 * toStep);
    }

    public static void Result(float* from, nint fromStep, float* to, nint toStep)
    {
        var (m1, m2, m3) = (Vector512.Load(from + fromStep), Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (even, odd) = (m1 + m2, m1 - m2);
        (Vector512.Load(from) + even + m3).Store(to);
        Add(P, odd, Vector512.Create(Q) * m3).Store(to + toStep);
        Add(P2, even, Vector512.Create(Q2) * m3).Store(to + 2 * toStep);
        Add(P * P2, odd, Add(Q * Q2, m3, Vector512.Load(from + 4 * fromStep))).Store(to + 3 * toStep);
    }

    public static void ResultGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var (y0, y1) = (Vector512.Load(from), Vector512.Load(from + fromStep));
        var (y2, y3) = (Vector512.Load(from + 2 * fromStep), Vector512.Load(from + 3 * fromStep));
        var (even, odd) = (Add(P2, y2, y0), Vector512.Create(P) * Add(P2, y3, y1));
        y0.Store(to);
        (even + odd).Store(to + toStep);
        (even - odd).Store(to + 2 * toStep);
        (Add(Q2, y2, y0) + Vector512.Create(Q) * Add(Q2, y3, y1)).Store(to + 3 * toStep);
        y3.Store(to + 4 * toStep);
    }

    public static void WeightGradient(float* from, nint fromStep, float* to, nint toStep)
    {
        var u1 = Vector512.Create(AtP) * Vector512.Load(from + fromStep);
        var u2 = Vector512.Create(AtMinusP) * Vector512.Load(from + 2 * fromStep);
        var u3 = Vector512.Create(AtQ) * Vector512.Load(from + 3 * fromStep);
        Add(AtZero, Vector512.Load(from), u1 + u2 + u3).Store(to);
        Add(P, u1 - u2, Add(Q, u3, Vector512.Load(from + 4 * fromStep))).Store(to + toStep);
    }
}
