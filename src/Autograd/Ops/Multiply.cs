using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Product of elements with broadcasting, <c>y = a · b</c>.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast → y their common shape.</para>
/// <para>Gradient: dA = dY · b, dB = dY · a, each summed over the axes along which its operand was repeated.</para>
/// <para>NaN and ∞ as IEEE 754 has them. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public readonly struct Multiply : IBinaryFunction
{
    private const string Name = "multiply";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => a * b;

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b) => Tape.Of(Name, a, b).Record(
        Name, Product(a.Value, b.Value), inputs: [a, b],
        dY =>
        [
            a.RequiresGradient ? Unbroadcast.To(a.Shape, Product(dY, b.Value)) : null,
            b.RequiresGradient ? Unbroadcast.To(b.Shape, Product(dY, a.Value)) : null,
        ]);

    private static Tensor<float> Product(Tensor<float> a, Tensor<float> b) => Primitive.Zip(Name, a, b, default(Multiply));
}
