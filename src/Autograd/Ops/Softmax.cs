using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Softmax over the last axis, <c>y[…, k] = exp(x[…, k]) / Σⱼ exp(x[…, j])</c>.</summary>
/// <remarks>
/// <para>Shapes: x of at least one axis → y the same.</para>
/// <para>Gradient: dX = y · (dY − Σⱼ dY[…, j] · y[…, j]).</para>
/// <para>Shifted by the row's maximum, so large x do not overflow. A row with NaN or ∞ gives NaN. Deterministic.</para>
/// </remarks>
public static class Softmax
{
    /// <exception cref="IlgpuVq.Tensors.ShapeException">x is a scalar.</exception>
    public static Variable Apply(Variable x)
    {
        var y = Primitive.Softmax(x.Value);
        return x.Tape.Record("softmax", y, inputs: [x], dY => [Primitive.SoftmaxGradient(y, dY)]);
    }
}
