using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Natural logarithm of elements, <c>y = ln x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY / x.</para>
/// <para>ln 0 = −∞; below 0 and at NaN the result is NaN. Deterministic.</para>
/// </remarks>
public static class Log
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("log", x, default(LogOperator), default(LogGradientOperator));
}
