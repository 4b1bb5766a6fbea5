using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Square of elements, <c>y = x²</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = 2 · x · dY.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public static class Square
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("square", x, default(SquareOperator), default(SquareGradientOperator));
}
