using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>What integer instructions do to one lane. Everything wraps around unless it says otherwise.</summary>
internal static class IntegerOperators
{
    public readonly struct Add : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a + b);
    }

    public readonly struct AddSaturated : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
            T.CreateSaturating(Int128.CreateTruncating(a) + Int128.CreateTruncating(b));
    }

    public readonly struct Subtract : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a - b);
    }

    public readonly struct SubtractSaturated : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
            T.CreateSaturating(Int128.CreateTruncating(a) - Int128.CreateTruncating(b));
    }

    public readonly struct MultiplyLow : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(a * b);
    }

    public readonly struct MultiplyHigh : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            if (typeof(T) == typeof(ulong))
            {
                return T.CreateTruncating(Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out _));
            }

            return typeof(T) == typeof(long)
                ? T.CreateTruncating(Math.BigMul(long.CreateTruncating(a), long.CreateTruncating(b), out _))
                : T.CreateTruncating((Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> BitsOf<T>());
        }
    }

    /// <summary>The product of the lower 24 bits, of which the lower 32 of 48 are kept.</summary>
    public readonly struct Multiply24Low : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(Extend24(a) * Extend24(b));
    }

    /// <summary>The upper 32 of the 48 bits.</summary>
    public readonly struct Multiply24High : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
            T.CreateTruncating((long.CreateTruncating(Extend24(a)) * long.CreateTruncating(Extend24(b))) >> 16);
    }

    /// <summary>A product and a sum, each by an operator.</summary>
    public readonly struct Fused<TMultiply, TAdd> : IIntegerTernary
        where TMultiply : struct, IIntegerBinary
        where TAdd : struct, IIntegerBinary
    {
        public static T Apply<T>(T a, T b, T c)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => TAdd.Apply(TMultiply.Apply(a, b), c);
    }

    /// <summary>Towards zero. A divisor of zero gives all ones here; the result is not defined.</summary>
    public readonly struct Divide : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            if (T.IsZero(b))
            {
                return ~T.Zero;
            }

            return IsOverflow(a, b) ? a : a / b;
        }
    }

    public readonly struct Remainder : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            if (T.IsZero(b))
            {
                return a;
            }

            return IsOverflow(a, b) ? T.Zero : a % b;
        }
    }

    public readonly struct Min : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a < b ? a : b;
    }

    public readonly struct Max : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a > b ? a : b;
    }

    public readonly struct Negate : IIntegerUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(T.Zero - a);
    }

    public readonly struct Abs : IIntegerUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.IsNegative(a) ? unchecked(T.Zero - a) : a;
    }

    /// <summary>c + |a − b|.</summary>
    public readonly struct SumOfDifferences : IIntegerTernary
    {
        public static T Apply<T>(T a, T b, T c)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => unchecked(c + (a < b ? b - a : a - b));
    }

    public readonly struct And : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a & b;
    }

    public readonly struct Or : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a | b;
    }

    public readonly struct Xor : IIntegerBinary
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a ^ b;
    }

    public readonly struct Not : IIntegerUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => ~a;
    }

    /// <summary>1 for 0, else 0.</summary>
    public readonly struct LogicalNot : IIntegerUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.IsZero(a) ? T.One : T.Zero;
    }

    /// <summary>The lower bits from the highest to the lowest.</summary>
    public readonly struct ReverseBits : IIntegerUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            var reversed = T.Zero;
            for (var i = 0; i < BitsOf<T>(); i++)
            {
                reversed = (reversed << 1) | (a & T.One);
                a >>= 1;
            }

            return reversed;
        }
    }

    public static int BitsOf<T>()
        where T : unmanaged, IBinaryInteger<T> => T.Zero.GetByteCount() * 8;

    private static bool IsOverflow<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.IsNegative(T.MinValue) && a == T.MinValue && b == ~T.Zero;

    private static T Extend24<T>(T a)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => (a << 8) >> 8;
}
