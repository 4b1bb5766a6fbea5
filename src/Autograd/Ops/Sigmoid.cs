using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Logistic function of elements, <c>y = σ(x) = 1 / (1 + e⁻ˣ)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = y · (1 − y) · dY.</para>
/// <para>NaN stays NaN; −∞ gives 0 and ∞ gives 1. Deterministic.</para>
/// </remarks>
public static class Sigmoid
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfOutput("sigmoid", x, default(SigmoidOperator), default(SigmoidGradientOperator));
}
