using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>A weighted mean of two numbers with broadcasting, <c>y = decay · a + (1 − decay) · b</c>:
/// one step of an exponential moving average a towards b.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast → y their common shape.</para>
/// <para>Gradient: dA = decay · dY, dB = (1 − decay) · dY, each summed over the axes along which its operand was repeated.</para>
/// <para>NaN and ∞ as IEEE 754 has them. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public readonly struct Lerp(float decay) : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => decay * a + (1 - decay) * b;

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="IlgpuVq.Tensors.ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b, float decay) => Elementwise.Record("lerp", a, b, new Lerp(decay));
}
