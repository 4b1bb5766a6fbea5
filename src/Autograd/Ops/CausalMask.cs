using IlgpuVq.Tensors;
using Primitives = IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Hides what lies above a diagonal: <c>y[…, i, j] = x[…, i, j]</c> where j ≤ i + diagonal, else <c>masked</c>.</summary>
/// <remarks>
/// <para>Shapes: x (…, T, S) → y the same. As scores of T queries for S keys, a query sees the keys up to its own; with diagonal −1, those
/// before it.</para>
/// <para>Gradient: dX[…, i, j] = dY[…, i, j] where x was kept, else 0.</para>
/// <para>NaN and ∞ pass where they are kept and are gone where they are not. Deterministic.</para>
/// </remarks>
public static class CausalMask
{
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Variable Apply(Variable x, float masked, int diagonal = 0) => x.Tape.Record(
        "causal-mask", Primitives.Primitive.CausalMask(x.Value, masked, diagonal), inputs: [x],
        dY => [Primitives.Primitive.CausalMask(dY, masked: 0, diagonal)]);
}
