using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Hyperbolic tangent of elements, <c>y = tanh x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = (1 − y²) · dY.</para>
/// <para>NaN stays NaN; ±∞ give ±1. Deterministic.</para>
/// </remarks>
public readonly struct Tanh : IOutputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T y, T dY)
        where T : struct, ILane<T> => (1 - y * y) * dY;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithOutput("tanh", x, default(Tanh));
}
