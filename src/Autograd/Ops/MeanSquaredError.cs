using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Mean squared difference of all elements, <c>y = Σ (x − target)² / n</c>.</summary>
/// <remarks>
/// <para>Shapes: x any, target the same → y ().</para>
/// <para>Gradient: dX = 2 · (x − target) / n · dY, dTarget = −dX.</para>
/// <para>NaN anywhere gives NaN; of no elements it is NaN. Deterministic: the order of summation is fixed.</para>
/// </remarks>
public static class MeanSquaredError
{
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable Apply(Variable x, Variable target) => Tape.Of("mean-squared-error", x, target).Record(
        "mean-squared-error", Primitive.MeanSquaredError(x.Value, target.Value), inputs: [x, target],
        dY =>
        [
            x.RequiresGradient ? Primitive.MeanSquaredErrorGradient(x.Value, target.Value, dY) : null,
            target.RequiresGradient ? Primitive.MeanSquaredErrorGradient(target.Value, x.Value, dY) : null,
        ]);
}
