using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Softmax of each row over what lies up to a diagonal: <c>y[…, i, j] = exp(x[…, i, j]) / Σₗ exp(x[…, i, l])</c> for j
/// and l up to i + diagonal, 0 for j beyond.</summary>
/// <remarks>
/// <para>Shapes: x (…, T, S) → y the same. As weights of T queries for S keys: a query sees the keys up to its own; with diagonal
/// −1 those before it, and the first sees none and has weights 0.</para>
/// <para>Gradient: dX = y · (dY − Σⱼ dY[…, j] · y[…, j]) where a row sees, else 0.</para>
/// <para>Shifted by the row's maximum, so large x do not overflow. A row that sees NaN or +∞, or −∞ alone, gives NaN where it
/// sees; what it does not see is not read. Deterministic.</para>
/// </remarks>
public static class CausalSoftmax
{
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Variable Apply(Variable x, int diagonal = 0)
    {
        var y = Primitive.CausalSoftmax(x.Value, diagonal);
        return x.Tape.Record(
            "causal-softmax", y, inputs: [x], dY => [Primitive.CausalSoftmaxGradient(y, dY, diagonal)]);
    }
}
