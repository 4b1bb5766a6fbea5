using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Normalisation of each channel of each image, <c>y = (x − mean) / √(variance + ε) · weight[c] + bias[c]</c>.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, …), weight (C), bias (C) → y as x; mean and variance are taken for each of (B, C).</para>
/// <para>Gradient, NaN and determinism: those of <see cref="GroupNorm"/> with a group for each channel, of which it is
/// made.</para>
/// <para>A channel of one pixel is 0 before weight and bias, and sends no gradient back.</para>
/// <para>Source: arXiv:1607.08022; the variance divides by the number of pixels.</para>
/// </remarks>
public static class InstanceNorm
{
    /// <param name="x">What is normalised.</param>
    /// <param name="weight">The factors; null for 1.</param>
    /// <param name="bias">What is added; null for 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ShapeException">x has fewer than two axes, no channels or no pixels, or weight or bias is not
    /// (C).</exception>
    public static Variable Apply(Variable x, Variable? weight, Variable? bias, float epsilon = 1e-5f)
    {
        if (x.Shape.Rank < 2 || x.Shape.Size == 0)
        {
            throw new ShapeException("instance-norm", "x (B, C, …) with B, C and pixels of at least 1", ("x", x.Shape));
        }

        return GroupNorm.Apply(x, weight, bias, groups: x.Shape[1], epsilon);
    }
}
