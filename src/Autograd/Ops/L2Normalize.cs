using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Vectors of length 1, <c>y[…, :] = x[…, :] / max(‖x[…, :]‖, ε)</c>: what a cosine is taken of.</summary>
/// <remarks>
/// <para>Shapes: x (…, D) → y the same.</para>
/// <para>Gradient: dX = (dY − y·(y·dY)) / ‖x‖; where the length is at most ε, dX = dY / ε.</para>
/// <para>A vector of zeros stays. NaN and ∞ make their vector NaN or 0, and so does a length beyond 10¹⁹, whose square is
/// infinite. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public static class L2Normalize
{
    private const string Name = "l2-normalize";

    /// <param name="x">The vectors.</param>
    /// <param name="epsilon">ε, more than 0.</param>
    /// <exception cref="ShapeException">x has no axis.</exception>
    public static Variable Apply(Variable x, float epsilon = UnitVectors.Epsilon)
    {
        if (x.Shape.Rank == 0)
        {
            throw new ShapeException(Name, "x (…, D)", ("x", x.Shape));
        }

        var lengths = UnitVectors.Lengths(x.Value);
        var y = UnitVectors.Directions(x.Value, lengths, epsilon);
        return x.Tape.Record(Name, y, inputs: [x], dY =>
        {
            using var dots = UnitVectors.Dots(y, dY);
            using var along = Primitive.Zip(Name, dots, lengths, new UnlessShort(epsilon));
            using var across = UnitVectors.AddMultiple(dY, y, along, scale: -1);
            return [UnitVectors.Directions(across, lengths, epsilon)];
        }, saved: lengths);
    }

    /// <summary>The value alone; the caller's to dispose.</summary>
    /// <exception cref="ShapeException">x has no axis.</exception>
    public static Tensor<float> Of(Tensor<float> x, float epsilon = UnitVectors.Epsilon)
    {
        using var tape = new Tape(x.Device, recording: false);
        return Apply(tape.Constant(x), epsilon).Value.Share();
    }

    /// <summary>a where the length b is more than ε, else 0.</summary>
    internal readonly struct UnlessShort(float epsilon) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T> => T.IfGreater(b, epsilon, a, 0);
    }
}
