using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>What instructions of floats do to one lane, rounding to the nearest.</summary>
internal static class FloatOperators
{
    public readonly struct Add : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => a + b;
    }

    public readonly struct Subtract : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => a - b;
    }

    public readonly struct Multiply : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => a * b;
    }

    public readonly struct FusedMultiplyAdd : IFloatTernary
    {
        public static T Apply<T>(T a, T b, T c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.FusedMultiplyAdd(a, b, c);
    }

    public readonly struct Divide : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => a / b;
    }

    /// <summary>Multiplies by the reciprocal, which is zero for the largest divisors.</summary>
    public readonly struct DivideApproximately : IFloatBinary
    {
        private const float LargestDivisor = 8.5070592e37f; // 2^126

        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var divisor = float.CreateTruncating(b);
            var isTooLarge = MathF.Abs(divisor) > LargestDivisor && float.IsFinite(divisor);
            return isTooLarge ? a * T.CopySign(T.Zero, b) : a / b;
        }
    }

    public readonly struct Reciprocal : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.One / a;
    }

    public readonly struct ReciprocalDirected<TDirection> : IFloatUnary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => DirectedRounding.Quotient<TDirection>.Apply(T.One, a);
    }

    public readonly struct Sqrt : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Sqrt(a);
    }

    public readonly struct Negate : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => -a;
    }

    public readonly struct Abs : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Abs(a);
    }

    /// <summary>The number if one is NaN; -0 below +0.</summary>
    public readonly struct MinNumber : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.MinNumber(a, b);
    }

    public readonly struct MaxNumber : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.MaxNumber(a, b);
    }

    /// <summary>NaN if one is NaN.</summary>
    public readonly struct MinNaN : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Min(a, b);
    }

    public readonly struct MaxNaN : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Max(a, b);
    }

    /// <summary>b with the sign of a: not the order of C.</summary>
    public readonly struct CopySign : IFloatBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.CopySign(b, a);
    }
}
