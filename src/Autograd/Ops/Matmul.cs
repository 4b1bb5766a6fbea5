using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Matrix product, <c>c[m, n] = Σₖ a[m, k] · b[k, n]</c>, one or a batch of them.</summary>
/// <remarks>
/// <para>Shapes: a (M, K), b (K, N) → c (M, N); or with a leading axis of equal length on both. A transposed operand is stored
/// (K, M) or (N, K).</para>
/// <para>Gradient: dA = dC · bᵀ, dB = aᵀ · dC, each stored as its operand is.</para>
/// <para>NaN and ∞ spread to their row or column. Deterministic: each sum has one owner and a fixed order.</para>
/// </remarks>
public static class Matmul
{
    /// <exception cref="ShapeException">Ranks, batch or inner lengths differ.</exception>
    public static Variable Apply(Variable a, Variable b, Transpose transpose = Transpose.None)
    {
        var tape = Tape.Of("matmul", a, b);
        var (transposeA, transposeB) = (transpose.HasFlag(Transpose.A), transpose.HasFlag(Transpose.B));
        return tape.Record("matmul", Primitive.Matmul(a.Value, b.Value, transpose), inputs: [a, b], dC =>
        [
            !a.RequiresGradient ? null
                : transposeA ? Primitive.Matmul(b.Value, dC, Flags(a: transposeB, b: true)) // (K, N)·(N, M)
                : Primitive.Matmul(dC, b.Value, Flags(a: false, b: !transposeB)), // (M, N)·(N, K)
            !b.RequiresGradient ? null
                : transposeB ? Primitive.Matmul(dC, a.Value, Flags(a: true, b: transposeA)) // (N, M)·(M, K)
                : Primitive.Matmul(a.Value, dC, Flags(a: !transposeA, b: false)), // (K, M)·(M, N)
        ]);
    }

    private static Transpose Flags(bool a, bool b) => (a ? Transpose.A : Transpose.None) | (b ? Transpose.B : Transpose.None);
}
