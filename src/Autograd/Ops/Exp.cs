using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Exponential of elements, <c>y = eˣ</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY · y.</para>
/// <para>NaN stays NaN; overflow gives ∞, underflow 0. Deterministic.</para>
/// </remarks>
public static class Exp
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfOutput("exp", x, default(ExpOperator), default(MultiplyOperator));
}
