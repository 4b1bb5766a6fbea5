using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Normalisation over groups of channels of each image, <c>y = (x − mean) / √(variance + ε) · weight[c] +
/// bias[c]</c>.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, …), weight (C), bias (C) → y as x; mean and variance are taken for each of (B, groups).</para>
/// <para>Gradient: through mean and variance too: dX = rstd · (g − mean(g) − x̂ · mean(g · x̂)) with g = dY · weight and means
/// over the group; dWeight = Σ dY · x̂, dBias = Σ dY.</para>
/// <para>NaN spreads over its group. Deterministic: sums have a fixed order.</para>
/// <para>Source: arXiv:1803.08494; the variance divides by the number of elements.</para>
/// </remarks>
public static class GroupNorm
{
    /// <exception cref="ShapeException">x has fewer than two axes, weight or bias is not (C), or groups does not divide
    /// C.</exception>
    public static Variable Apply(Variable x, Variable? weight, Variable? bias, int groups, float epsilon = 1e-5f)
    {
        var tape = Tape.Of("group-norm", x, weight, bias);
        var (y, mean, rstd) = Primitive.GroupNorm(x.Value, weight?.Value, bias?.Value, groups, epsilon);
        return tape.Record("group-norm", y, inputs: [x, weight, bias], dY =>
        {
            var (dX, dWeight, dBias) = Primitive.GroupNormGradient(dY, x.Value, mean, rstd, weight?.Value, groups);
            return [dX, dWeight, dBias];
        }, saved: [mean, rstd]);
    }
}
