using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Difference with broadcasting, <c>y = a − b</c>.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast → y their common shape.</para>
/// <para>Gradient: dA = dY, dB = −dY, each summed over the axes along which its operand was repeated.</para>
/// <para>NaN and ∞ as IEEE 754 has them. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public readonly struct Subtract : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => a - b;

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b) => Tape.Of("subtract", a, b).Record(
        "subtract", Primitive.Zip("subtract", a.Value, b.Value, default(Subtract)), inputs: [a, b],
        dY =>
        [
            a.RequiresGradient ? Primitive.SumTo(dY, a.Shape) : null,
            b.RequiresGradient ? Negative(b.Shape, dY) : null,
        ]);

    private static Tensor<float> Negative(Shape shape, Tensor<float> dY)
    {
        using var sum = Primitive.SumTo(dY, shape);
        return Primitive.Map(sum, new Affine(scale: -1, shift: 0));
    }
}
