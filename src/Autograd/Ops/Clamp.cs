using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Limits elements to an interval, <c>y = min(max(x, min), max)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where min ≤ x ≤ max, at both kinks too, and 0 outside.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public static class Clamp
{
    /// <exception cref="ArgumentException">min is above max, or one of them is NaN.</exception>
    public static Variable Apply(Variable x, float min, float max)
    {
        if (!(min <= max))
        {
            throw new ArgumentException($"clamp: expected min ≤ max; got min {min}, max {max}.");
        }

        return Pointwise.OfInput("clamp", x, new ClampOperator(min, max), new ClampGradientOperator(min, max));
    }
}
