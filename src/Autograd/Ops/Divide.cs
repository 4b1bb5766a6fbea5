using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Quotient of elements with broadcasting, <c>y = a / b</c>.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast → y their common shape.</para>
/// <para>Gradient: dA = dY / b, dB = −dY · y / b, each summed over the axes along which its operand was repeated.</para>
/// <para>Division by zero gives ±∞ or NaN as IEEE 754 has them, and so do its gradients. Deterministic: the sums have a fixed
/// order.</para>
/// </remarks>
public readonly struct Divide : IBinaryFunction
{
    private const string Name = "divide";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => a / b;

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b)
    {
        var tape = Tape.Of(Name, a, b);
        var y = Quotient(a.Value, b.Value);
        return tape.Record(Name, y, inputs: [a, b], dY =>
        {
            var dNumerator = Quotient(dY, b.Value);
            var dB = b.RequiresGradient ? DivisorGradient(b.Shape, dNumerator, y) : null;
            if (a.RequiresGradient)
            {
                return [Unbroadcast.To(a.Shape, dNumerator), dB];
            }

            dNumerator.Dispose();
            return [null, dB];
        });
    }

    private static Tensor<float> DivisorGradient(Shape shape, Tensor<float> dNumerator, Tensor<float> y)
    {
        using var sum = Unbroadcast.To(shape, Primitive.Zip(Name, dNumerator, y, default(Multiply)));
        return Primitive.Map(sum, new Affine(scale: -1, shift: 0));
    }

    private static Tensor<float> Quotient(Tensor<float> a, Tensor<float> b) => Primitive.Zip(Name, a, b, default(Divide));
}
