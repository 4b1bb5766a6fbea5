using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Rectifier, <c>y = max(x, 0)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and 0 elsewhere, at the kink x = 0 too.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public static class Relu
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfOutput("relu", x, default(ReluOperator), default(ReluGradientOperator));
}
