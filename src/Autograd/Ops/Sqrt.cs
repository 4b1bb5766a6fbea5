using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Square root of elements, <c>y = √x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY / (2·y), infinite at 0.</para>
/// <para>Below 0 and at NaN the result is NaN. Deterministic.</para>
/// </remarks>
public static class Sqrt
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfOutput("sqrt", x, default(SqrtOperator), default(SqrtGradientOperator));
}
