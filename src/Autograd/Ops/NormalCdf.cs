using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Distribution function of the standard normal, <c>y = Φ(x)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = φ(x) · dY with φ its density.</para>
/// <para>0 at −∞, 1 at +∞; NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct NormalCdf : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Normal(x).Distribution;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => T.Normal(x).Density * dY;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithInput("normal-cdf", x, default(NormalCdf));
}
