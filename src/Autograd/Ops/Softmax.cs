using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Softmax along an axis, <c>y[…, k, …] = exp(x[…, k, …]) / Σⱼ exp(x[…, j, …])</c>.</summary>
/// <remarks>
/// <para>Shapes: x of at least one axis → y the same; axis −1 is the last.</para>
/// <para>Gradient: dX = y · (dY − Σⱼ dY[…, j, …] · y[…, j, …]).</para>
/// <para>Shifted by the line's maximum, so large x do not overflow. A line with NaN or +∞, or of −∞ alone, gives NaN.
/// Deterministic.</para>
/// </remarks>
public static class Softmax
{
    /// <exception cref="IlgpuVq.Tensors.ShapeException">The axis does not exist.</exception>
    public static Variable Apply(Variable x, int axis = -1)
    {
        var y = Primitive.Softmax(x.Value, axis);
        return x.Tape.Record("softmax", y, inputs: [x], dY => [Primitive.SoftmaxGradient(y, dY, axis)]);
    }
}
