using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Mean absolute difference of all elements, <c>y = Σ |x − target| / n</c>.</summary>
/// <remarks>
/// <para>Shapes: x any, target the same → y ().</para>
/// <para>Gradient, NaN and determinism: those of <see cref="Subtract"/>, <see cref="Abs"/> and <see cref="Mean"/>, of which it is
/// made; 0 where x equals its target.</para>
/// </remarks>
public static class MeanAbsoluteError
{
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable Apply(Variable x, Variable target)
    {
        if (x.Shape != target.Shape)
        {
            throw new ShapeException(
                "mean-absolute-error", "x and target of one shape", ("x", x.Shape), ("target", target.Shape));
        }

        return Mean.Apply(Abs.Apply(x - target));
    }
}
