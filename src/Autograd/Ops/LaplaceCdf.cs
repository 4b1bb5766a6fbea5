using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Distribution function of Laplace's distribution of scale 1, <c>y = ½·eˣ</c> below 0 and <c>1 − ½·e⁻ˣ</c> from there
/// on.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = ½·e^(−|x|) · dY, ½·dY at 0.</para>
/// <para>0 at −∞, 1 at +∞; NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct LaplaceCdf : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T>
    {
        var tail = 0.5f * T.Exp(-T.Abs(x));
        return T.IfLess(x, 0, tail, 1 - tail);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => 0.5f * T.Exp(-T.Abs(x)) * dY;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithInput("laplace-cdf", x, default(LaplaceCdf));
}
