using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Scaled dot-product attention of several heads, <c>y[t] = Σₛ softmax(q[t]·k / √(D/heads))[s] · v[s]</c> in each
/// head.</summary>
/// <remarks>
/// <para>Shapes: q (B, T, D), k (B, S, D), v (B, S, DV) → y (B, T, DV). Head h has the h-th of equal parts of D and of DV. A
/// causal one lets t see the keys up to its own place, s ≤ t.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="Matmul"/>, <see cref="Softmax"/> and <see cref="CausalSoftmax"/>, of
/// which it is made. A hidden key has weight 0, and so has its gradient; but 0 times a NaN or ∞ in a hidden v is NaN.</para>
/// <para>The softmax is computed in fp32 whatever the precision of the products.</para>
/// <para>Memory: scores and weights are held as B·heads·T·S floats each until backward has passed, which takes two such tensors
/// more while it passes.</para>
/// <para>Source: arXiv:1706.03762, section 3.2.</para>
/// </remarks>
public static class Attention
{
    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or a causal one has T ≠
    /// S.</exception>
    public static Variable Apply(Variable q, Variable k, Variable v, int heads = 1, bool isCausal = false)
    {
        Tape.Of("attention", q, k, v);
        CheckShapes(q.Shape, k.Shape, v.Shape, heads, isCausal);
        var scale = 1 / MathF.Sqrt(q.Shape[2] / (float)heads);
        var scores = Matmul.Apply(Split(q * scale, heads), Split(k, heads), Transpose.B); // (B·heads, T, S)
        var weights = isCausal ? CausalSoftmax.Apply(scores) : Softmax.Apply(scores);
        return Join(Matmul.Apply(weights, Split(v, heads)), q.Shape[0], heads);
    }

    /// <summary>(B, T, D) → (B·heads, T, D/heads)</summary>
    private static Variable Split(Variable x, int heads)
    {
        var (b, t, d) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        return heads == 1 ? x : Reshape.Apply(
            Permute.Apply(Reshape.Apply(x, [b, t, heads, d / heads]), [0, 2, 1, 3]), [b * heads, t, d / heads]);
    }

    /// <summary>(B·heads, T, D/heads) → (B, T, D)</summary>
    private static Variable Join(Variable x, int b, int heads)
    {
        var (t, d) = (x.Shape[1], x.Shape[2]);
        return heads == 1 ? x : Reshape.Apply(Permute.Apply(Reshape.Apply(x, [b, heads, t, d]), [0, 2, 1, 3]), [b, t, heads * d]);
    }

    private static void CheckShapes(Shape q, Shape k, Shape v, int heads, bool isCausal)
    {
        if (q is not [var b, var t, var d] || k is not [var bOfK, var s, var dOfK] || v is not [var bOfV, var sOfV, var dV] ||
            (bOfK, bOfV, dOfK, sOfV) != (b, b, d, s) || heads < 1 || d % heads != 0 || dV % heads != 0 || (isCausal && t != s))
        {
            throw new ShapeException(
                "attention", "q (B, T, D), k (B, S, D), v (B, S, DV), heads that divide D and DV, and S = T where causal",
                $"q {q}, k {k}, v {v}, {heads} heads{(isCausal ? ", causal" : "")}");
        }
    }
}
