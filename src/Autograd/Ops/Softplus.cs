using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Smooth rectifier, <c>y = ln(1 + eˣ)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = σ(x) · dY.</para>
/// <para>NaN stays NaN; large x gives x without overflow. Deterministic.</para>
/// </remarks>
public static class Softplus
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("softplus", x, default(SoftplusOperator), default(SoftplusGradientOperator));
}
