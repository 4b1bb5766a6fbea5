using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The value of q with a gradient that is turned and scaled as x is on its way to q (arXiv:2410.06424).</summary>
/// <remarks>
/// <para>Of each row: with û and q̂ the directions of x and q, and w that of û + q̂, all three constants, the map <c>R(v) = ‖q‖ /
/// ‖x‖ · (v − 2(v·w)w + 2(v·û)q̂)</c> takes x to q. The result is R(x) without its rounding: exactly q's value.</para>
/// <para>Shapes: x (…, D), q the same → the same; shares q's memory.</para>
/// <para>Gradient: dX = Rᵀ(dResult) = ‖q‖ / ‖x‖ · (dResult − 2(dResult·w)w + 2(dResult·q̂)û); q gets none. Angles between
/// gradient and code so become those between gradient and x. Finite differences rightly disagree: R depends on x.</para>
/// <para>Where x or q is no longer than 10⁻⁶, or NaN, there is nothing to turn, and dX = dResult. NaN and ∞ of q pass.
/// Deterministic.</para>
/// <para>Source: section 4.2. lucidrains' vector-quantize-pytorch divides by at least 10⁻⁶ where x vanishes, so that its
/// gradient grows to 10⁶ times dResult.</para>
/// </remarks>
public static class RotationTrick
{
    private const string Name = "rotation-trick";

    /// <exception cref="ShapeException">The shapes differ, or have no axis.</exception>
    public static Variable Apply(Variable x, Variable q)
    {
        var tape = Tape.Of(Name, x, q);
        if (x.Shape != q.Shape || x.Shape.Rank == 0)
        {
            throw new ShapeException(Name, "x and q of one shape (…, D)", ("x", x.Shape), ("q", q.Shape));
        }

        // Detached in sight, so that the printed tape shows where the gradient of q ends.
        var value = q.RequiresGradient ? StopGradient.Apply(q) : q;
        return tape.Record(
            Name, value.Value.Share(), inputs: [x, value], dResult => [TurnedBack(x.Value, value.Value, dResult), null]);
    }

    private static Tensor<float> TurnedBack(Tensor<float> x, Tensor<float> q, Tensor<float> dResult)
    {
        using var lengthsOfX = UnitVectors.Lengths(x);
        using var lengthsOfQ = UnitVectors.Lengths(q);
        using var from = UnitVectors.Directions(x, lengthsOfX);
        using var to = UnitVectors.Directions(q, lengthsOfQ);
        using var sum = Primitive.Zip(Name, from, to, default(Add));
        using var middle = UnitVectors.Directions(sum);

        using var alongMiddle = UnitVectors.Dots(middle, dResult);
        using var alongTo = UnitVectors.Dots(to, dResult);
        using var reflected = UnitVectors.AddMultiple(dResult, middle, alongMiddle, scale: -2);
        using var turned = UnitVectors.AddMultiple(reflected, from, alongTo, scale: 2);
        using var ratio = Primitive.Zip(Name, lengthsOfQ, lengthsOfX, default(Stretch));
        return Primitive.Zip(Name, turned, ratio, dResult, default(ScaledOr));
    }

    /// <summary>a / b where both are lengths of vectors with a direction, else 0.</summary>
    internal readonly struct Stretch : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T> =>
            T.IfGreater(a, UnitVectors.Epsilon, T.IfGreater(b, UnitVectors.Epsilon, a / b, 0), 0);
    }

    /// <summary>a·b where b is more than 0, else c.</summary>
    internal readonly struct ScaledOr : ITernaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b, T c)
            where T : struct, ILane<T> => T.IfGreater(b, 0, a * b, c);
    }
}
