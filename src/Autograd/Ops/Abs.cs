using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Absolute value of elements, <c>y = |x|</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = sign(x) · dY, with 0 at the kink x = 0.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public static class Abs
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("abs", x, default(AbsOperator), default(AbsGradientOperator));
}
