using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Leaky rectifier, <c>y = x</c> where x ≥ 0 and <c>slope · x</c> below.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and slope · dY elsewhere, at the kink x = 0 too.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.</para>
/// </remarks>
public static class LeakyRelu
{
    public static Variable Apply(Variable x, float slope = 0.01f) =>
        Pointwise.OfInput("leaky-relu", x, new LeakyReluOperator(slope), new LeakyReluGradientOperator(slope));
}
