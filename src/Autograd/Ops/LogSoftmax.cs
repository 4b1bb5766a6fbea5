using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Logarithm of the softmax over the last axis, <c>y[…, k] = x[…, k] − ln Σⱼ exp(x[…, j])</c>.</summary>
/// <remarks>
/// <para>Shapes: x of at least one axis → y the same.</para>
/// <para>Gradient: dX = dY − exp(y) · Σⱼ dY[…, j].</para>
/// <para>Shifted by the row's maximum, so large x do not overflow. A row with NaN or ∞ gives NaN. Deterministic.</para>
/// </remarks>
public static class LogSoftmax
{
    /// <exception cref="IlgpuVq.Tensors.ShapeException">x is a scalar.</exception>
    public static Variable Apply(Variable x)
    {
        var y = Primitive.LogSoftmax(x.Value);
        return x.Tape.Record("log-softmax", y, inputs: [x], dY => [Primitive.LogSoftmaxGradient(y, dY)]);
    }
}
