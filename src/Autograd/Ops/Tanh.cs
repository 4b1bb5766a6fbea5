using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Hyperbolic tangent of elements, <c>y = tanh x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = (1 − y²) · dY.</para>
/// <para>NaN stays NaN; ±∞ give ±1. Deterministic.</para>
/// </remarks>
public static class Tanh
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfOutput("tanh", x, default(TanhOperator), default(TanhGradientOperator));
}
