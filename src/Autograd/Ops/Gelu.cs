using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Gaussian error linear unit, <c>y = x · Φ(x)</c> with Φ the distribution function of the standard normal.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = (Φ(x) + x · φ(x)) · dY with φ its density.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: arXiv:1606.08415, the exact form rather than its tanh approximation.</para>
/// </remarks>
public static class Gelu
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("gelu", x, default(GeluOperator), default(GeluGradientOperator));
}
