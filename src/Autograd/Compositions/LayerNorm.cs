using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Normalisation over the last axis, <c>y = (x − mean) / √(variance + ε) · weight[d] + bias[d]</c>.</summary>
/// <remarks>
/// <para>Shapes: x (…, D), weight (D), bias (D) → y as x; mean and variance are taken for each vector along the last axis.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="GroupNorm"/> with one group, of which it is made.</para>
/// <para>Source: arXiv:1607.06450; the variance divides by D.</para>
/// </remarks>
public static class LayerNorm
{
    /// <exception cref="ShapeException">x is a scalar, or weight or bias is not (D).</exception>
    public static Variable Apply(Variable x, Variable? weight, Variable? bias, float epsilon = 1e-5f)
    {
        var d = CheckShapes(x.Shape, weight?.Shape, bias?.Shape);
        if (x.Shape.Rank == 2)
        {
            return GroupNorm.Apply(x, weight, bias, groups: 1, epsilon);
        }

        var rows = Reshape.Apply(x, [x.Shape.Size / d, d]); // (N, D)
        return Reshape.Apply(GroupNorm.Apply(rows, weight, bias, groups: 1, epsilon), x.Shape);
    }

    private static int CheckShapes(Shape x, Shape? weight, Shape? bias) =>
        x is [.., > 0 and var d] && (weight is null || weight == [d]) && (bias is null || bias == [d]) ? d
        : throw new ShapeException("layer-norm", "x (…, D) with D ≥ 1, weight and bias (D) or none",
            $"x {x}, weight {weight?.ToString() ?? "none"}, bias {bias?.ToString() ?? "none"}");
}
