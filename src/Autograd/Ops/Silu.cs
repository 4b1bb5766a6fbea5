using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sigmoid linear unit, <c>y = x · σ(x)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = σ(x) · (1 + x · (1 − σ(x))) · dY.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: arXiv:1702.03118; named in arXiv:1606.08415.</para>
/// </remarks>
public static class Silu
{
    public static Variable Apply(Variable x) =>
        Pointwise.OfInput("silu", x, default(SiluOperator), default(SiluGradientOperator));
}
