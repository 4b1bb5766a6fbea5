using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sum with broadcasting, <c>y = a + b</c>.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast (from the last axis on equal, or one of them 1) → y their common shape.</para>
/// <para>Gradient: dA = dY, dB = dY, each summed over the axes along which its operand was repeated.</para>
/// <para>NaN and ∞ as IEEE 754 has them. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public readonly struct Add : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => a + b;

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="IlgpuVq.Tensors.ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b) => Tape.Of("add", a, b).Record(
        "add", Primitive.Zip("add", a.Value, b.Value, default(Add)), inputs: [a, b],
        dY =>
        [
            a.RequiresGradient ? Primitive.SumTo(dY, a.Shape) : null,
            b.RequiresGradient ? Primitive.SumTo(dY, b.Shape) : null,
        ]);
}
