using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Exponential linear unit, <c>y = x</c> where x &gt; 0 and <c>α · (eˣ − 1)</c> elsewhere.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and α · eˣ · dY elsewhere, at x = 0 too (a kink unless α = 1).</para>
/// <para>NaN stays NaN; −∞ gives −α. Deterministic.</para>
/// <para>Source: arXiv:1511.07289.</para>
/// </remarks>
public readonly struct Elu(float alpha) : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.IfGreater(x, 0, x, alpha * T.Expm1(x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => T.IfGreater(x, 0, dY, alpha * T.Exp(x) * dY);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x, float alpha = 1) => Elementwise.RecordWithInput("elu", x, new Elu(alpha));
}
