using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Sigmoid linear unit, <c>y = x · σ(x)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = σ(x) · (1 + x · (1 − σ(x))) · dY.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: arXiv:1702.03118; named in arXiv:1606.08415.</para>
/// </remarks>
public readonly struct Silu : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * T.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T>
    {
        var s = T.Sigmoid(x);
        return s * (x * (1 - s) + 1) * dY;
    }

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithInput("silu", x, default(Silu));
}
