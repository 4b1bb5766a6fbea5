using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Exponential linear unit, <c>y = x</c> where x &gt; 0 and <c>α · (eˣ − 1)</c> elsewhere.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and α · eˣ · dY elsewhere, at x = 0 too (a kink unless α = 1).</para>
/// <para>NaN stays NaN; −∞ gives −α. Deterministic.</para>
/// <para>Source: arXiv:1511.07289.</para>
/// </remarks>
public static class Elu
{
    public static Variable Apply(Variable x, float alpha = 1) =>
        Pointwise.OfInput("elu", x, new EluOperator(alpha), new EluGradientOperator(alpha));
}
