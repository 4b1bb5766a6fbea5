using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A step from x of the length of its quantization error, almost towards q: DiVeQ, by which gradients reach the codes
/// too (openreview.net/forum?id=KRVnpTbx7R).</summary>
/// <remarks>
/// <para>Of each row: <c>y = x + u · ‖q − x‖</c>, where u, a constant, is the direction of <c>q − x + √v · n</c> with n of the
/// standard normal distribution.</para>
/// <para>Shapes: x (…, D), q the same → y the same.</para>
/// <para>Gradient: with d the direction of q − x, dX = dY − (u·dY)·d and dQ = (u·dY)·d. u has none, though it depends on both;
/// finite differences rightly disagree.</para>
/// <para>Where q − x is no longer than 10⁻⁶, d is shorter than 1: 0 at x = q, where y = x. NaN and ∞ of a row make it NaN. n is a
/// function of the step's seed, the stream and the element's place alone. Deterministic.</para>
/// </remarks>
public static class Diveq
{
    /// <summary>The v of lucidrains' vector-quantize-pytorch.</summary>
    public const float Variance = 5e-3f;

    private const string Name = "diveq";

    /// <param name="x">The vectors.</param>
    /// <param name="q">The code of each.</param>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="stream">Separates this use from others.</param>
    /// <param name="variance">v.</param>
    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    public static Variable Apply(Variable x, Variable q, RandomState random, ulong stream, float variance = Variance)
    {
        var tape = Tape.Of(Name, x, q);
        if (x.Shape != q.Shape || x.Shape.Rank == 0)
        {
            throw new ShapeException(Name, "x and q of one shape (…, D)", ("x", x.Shape), ("q", q.Shape));
        }

        using var error = Primitive.Zip(Name, q.Value, x.Value, default(Subtract));
        using var lengths = UnitVectors.Lengths(error);
        var direction = UnitVectors.Directions(error, lengths);
        var noisy = NoisyDirection(error, random, stream, variance);
        var y = UnitVectors.AddMultiple(x.Value, noisy, lengths, scale: 1);
        return tape.Record(Name, y, inputs: [x, q], dY =>
        {
            using var along = UnitVectors.Dots(noisy, dY);
            return
            [
                x.RequiresGradient ? UnitVectors.AddMultiple(dY, direction, along, scale: -1) : null,
                q.RequiresGradient ? Primitive.Zip(Name, direction, along, default(Multiply)) : null,
            ];
        }, saved: [direction, noisy]);
    }

    private static Tensor<float> NoisyDirection(Tensor<float> error, RandomState random, ulong stream, float variance)
    {
        using var noise = random.Normal(error.Shape, mean: 0, MathF.Sqrt(variance), stream);
        using var noisy = Primitive.Zip(Name, error, noise, default(Add));
        return UnitVectors.Directions(noisy);
    }
}
