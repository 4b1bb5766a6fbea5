using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Smooth rectifier, <c>y = ln(1 + eˣ)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = σ(x) · dY.</para>
/// <para>NaN stays NaN; large x gives x without overflow. Deterministic.</para>
/// </remarks>
public readonly struct Softplus : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.IfLess(x, 0, 0, x) + T.Log1p(T.Exp(-T.Abs(x)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => T.Sigmoid(x) * dY;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithInput("softplus", x, default(Softplus));
}
