using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Scaled dot-product attention of several heads, <c>y[t] = Σₛ softmaxₛ(q[t]·k[s] / √(D/heads)) · v[s]</c> in each
/// head.</summary>
/// <remarks>
/// <para>Shapes: q (B, T, D), k (B, S, D), v (B, S, DV) → y (B, T, DV). Head h has the h-th of equal parts of D and of DV. A
/// causal one lets t see the keys up to its own place, s ≤ t, or up to another diagonal, s ≤ t + diagonal: with −1 those before
/// it, and the first sees none and gives 0.</para>
/// <para>Gradient: with weights P and each row's dY·y = Σ dY ∘ y, dV = Pᵀ·dY, dS = P ∘ (dY·Vᵀ − dY·y) / √(D/heads), dQ = dS·K,
/// dK = dSᵀ·Q.</para>
/// <para>A query that sees a score of NaN or +∞, or of −∞ alone, gives NaN. A key that is not seen changes nothing, but a NaN or
/// ∞ in a v that is not seen may make NaN of other queries. Deterministic.</para>
/// <para>The softmax is computed in fp32 whatever the precision of the products.</para>
/// <para>Memory: y and one number for each query and head, where T·S weights are never held together; backward computes them
/// again, a block at a time, each within |log Σₛ exp(score)| · 2⁻²⁴ of itself. On the processor the scores of heads at least 128
/// wide that see at most twice as many keys are kept for that: they take less than twice the memory of q.</para>
/// <para>Source: arXiv:1706.03762, section 3.2; arXiv:2205.14135.</para>
/// </remarks>
public static class Attention
{
    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or a causal one has T ≠
    /// S.</exception>
    public static Variable Apply(Variable q, Variable k, Variable v, int heads = 1, bool isCausal = false) =>
        Record(q, k, v, heads, isCausal ? 0 : null);

    /// <summary>Where a query t sees the keys s ≤ t + diagonal.</summary>
    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or T ≠ S.</exception>
    public static Variable Apply(Variable q, Variable k, Variable v, int heads, int diagonal) =>
        Record(q, k, v, heads, diagonal);

    private static Variable Record(Variable q, Variable k, Variable v, int heads, int? diagonal)
    {
        var tape = Tape.Of("attention", q, k, v);
        var (y, logSums, scores) = Primitive.Attention(
            q.Value, k.Value, v.Value, heads, diagonal, isForGradient: tape.IsRecording);
        Tensor<float>[] saved = scores is null ? [logSums] : [logSums, scores];
        return tape.Record("attention", y, inputs: [q, k, v], dY =>
        {
            var (dQ, dK, dV) = Primitive.AttentionGradient(
                dY, q.Value, k.Value, v.Value, y, logSums, heads, diagonal, scores);
            return [dQ, dK, dV];
        }, saved);
    }
}
