using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Lengths and directions of the vectors along the last axis: what ops on them have in common.</summary>
internal static class UnitVectors
{
    /// <summary>Vectors that are no longer than this have no direction.</summary>
    public const float Epsilon = 1e-6f;

    private const string Name = "unit-vectors";

    /// <summary><c>√Σ x²</c>, (…, D) → (…, 1).</summary>
    public static Tensor<float> Lengths(Tensor<float> x)
    {
        using var squares = Primitive.Map(x, default(Square));
        using var sums = Primitive.Sum(squares, [-1], keepDims: true);
        return Primitive.Map(sums, default(Sqrt));
    }

    /// <summary>x divided by its lengths (…, 1), or by ε where they are smaller.</summary>
    public static Tensor<float> Directions(Tensor<float> x, Tensor<float> lengths, float epsilon = Epsilon) =>
        Primitive.Zip(Name, x, lengths, new PartOfLength(epsilon));

    /// <inheritdoc cref="Directions(Tensor{float}, Tensor{float}, float)"/>
    public static Tensor<float> Directions(Tensor<float> x)
    {
        using var lengths = Lengths(x);
        return Directions(x, lengths);
    }

    /// <summary><c>Σ a·b</c>, twice (…, D) → (…, 1).</summary>
    public static Tensor<float> Dots(Tensor<float> a, Tensor<float> b)
    {
        using var products = Primitive.Zip(Name, a, b, default(Multiply));
        return Primitive.Sum(products, [-1], keepDims: true);
    }

    /// <summary><c>x + scale · factors · y</c>, the factors (…, 1).</summary>
    public static Tensor<float> AddMultiple(Tensor<float> x, Tensor<float> y, Tensor<float> factors, float scale) =>
        Primitive.Zip(Name, x, y, factors, new Multiple(scale));

    /// <summary><c>a / max(b, ε)</c>.</summary>
    internal readonly struct PartOfLength(float epsilon) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T> => a / T.Max(b, epsilon);
    }

    /// <summary><c>a + scale · b · c</c>.</summary>
    internal readonly struct Multiple(float scale) : ITernaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b, T c)
            where T : struct, ILane<T> => a + scale * (b * c);
    }
}
