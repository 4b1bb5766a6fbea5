using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Normalisation over the last axes, <c>y = (x − mean) / √(variance + ε) · weight[d] + bias[d]</c>.</summary>
/// <remarks>
/// <para>Shapes: x (…, D₁, …, Dₖ), weight and bias (D₁, …, Dₖ) → y as x, with k the number of normalised axes; mean and variance
/// are taken over those axes for each index of the others.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="GroupNorm"/> with one group, of which it is made.</para>
/// <para>Source: arXiv:1607.06450; the variance divides by D₁·…·Dₖ.</para>
/// </remarks>
public static class LayerNorm
{
    /// <param name="x">What is normalised.</param>
    /// <param name="weight">The factors; null for 1.</param>
    /// <param name="bias">What is added; null for 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="axes">How many axes are normalised together, counted from the last.</param>
    /// <exception cref="ShapeException">x has fewer axes or nothing along them, or weight or bias is not of their
    /// lengths.</exception>
    public static Variable Apply(Variable x, Variable? weight, Variable? bias, float epsilon = 1e-5f, int axes = 1)
    {
        var d = CheckShapes(x.Shape, weight?.Shape, bias?.Shape, axes);
        var y = GroupNorm.Apply(
            Reshaped(x, [x.Shape.Size / d, d]), // (N, D)
            weight is null ? null : Reshaped(weight, [d]), bias is null ? null : Reshaped(bias, [d]), groups: 1, epsilon);
        return Reshaped(y, x.Shape);
    }

    private static Variable Reshaped(Variable x, Shape shape) => x.Shape == shape ? x : Reshape.Apply(x, shape);

    private static int CheckShapes(Shape x, Shape? weight, Shape? bias, int axes)
    {
        if (axes >= 1 && axes <= x.Rank)
        {
            var normalized = Shape.Create(x.AsSpan()[^axes..]);
            if (normalized.Size > 0 && (weight ?? normalized) == normalized && (bias ?? normalized) == normalized)
            {
                return normalized.Size;
            }
        }

        var (d, each) = axes == 1 ? ("D", "D ≥ 1") : ("D₁, …, Dₖ", $"k = {axes} axes of at least 1");
        throw new ShapeException(
            "layer-norm", $"x (…, {d}) with {each}, weight and bias ({d}) or none",
            $"x {x}, weight {weight?.ToString() ?? "none"}, bias {bias?.ToString() ?? "none"}");
    }
}
