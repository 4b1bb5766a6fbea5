using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Rounding of 32-bit floats other than to the nearest.</summary>
internal interface IDirection
{
    /// <summary>Whether a value that lies above (or below) the exact one is too far.</summary>
    static abstract bool ForbidsAbove(float rounded);

    static abstract bool ForbidsBelow(float rounded);
}

internal readonly struct TowardZero : IDirection
{
    public static bool ForbidsAbove(float rounded) => rounded > 0;

    public static bool ForbidsBelow(float rounded) => rounded < 0;
}

internal readonly struct Downward : IDirection
{
    public static bool ForbidsAbove(float rounded) => true;

    public static bool ForbidsBelow(float rounded) => false;
}

internal readonly struct Upward : IDirection
{
    public static bool ForbidsAbove(float rounded) => false;

    public static bool ForbidsBelow(float rounded) => true;
}

/// <summary>
/// Results as an unevaluated sum of two doubles, which holds them exactly or tells the sign of what is missing.
/// </summary>
internal static class DirectedRounding
{
    /// <summary>Rounds value + error, |error| being less than half a unit of value.</summary>
    public static float Round<TDirection>(double value, double error)
        where TDirection : struct, IDirection
    {
        var rounded = (float)value;
        if (!double.IsFinite(value))
        {
            return rounded;
        }

        var missing = float.IsInfinity(rounded) ? -rounded : value - rounded + error;
        return missing < 0 && TDirection.ForbidsAbove(rounded) ? MathF.BitDecrement(rounded)
            : missing > 0 && TDirection.ForbidsBelow(rounded) ? MathF.BitIncrement(rounded)
            : rounded;
    }

    /// <summary>a + b, after Knuth: the sum and what it lacks.</summary>
    public static (double Value, double Error) Add(double a, double b)
    {
        var sum = a + b;
        var fromB = sum - a;
        return (sum, (a - (sum - fromB)) + (b - fromB));
    }

    public readonly struct Sum<TDirection> : IFloatBinary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (value, error) = Add(double.CreateTruncating(a), double.CreateTruncating(b));
            var isCancelled = value == 0 && (T.IsNegative(a) || T.IsNegative(b)) && typeof(TDirection) == typeof(Downward);
            return isCancelled ? T.NegativeZero : T.CreateTruncating(Round<TDirection>(value, error));
        }
    }

    public readonly struct Difference<TDirection> : IFloatBinary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sum<TDirection>.Apply(a, -b);
    }

    public readonly struct Product<TDirection> : IFloatBinary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            T.CreateTruncating(Round<TDirection>(double.CreateTruncating(a) * double.CreateTruncating(b), 0));
    }

    public readonly struct Fused<TDirection> : IFloatTernary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a, T b, T c)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (value, error) = Add(double.CreateTruncating(a) * double.CreateTruncating(b), double.CreateTruncating(c));
            return T.CreateTruncating(Round<TDirection>(value, error));
        }
    }

    public readonly struct Quotient<TDirection> : IFloatBinary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a, T b)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (x, y) = (double.CreateTruncating(a), double.CreateTruncating(b));
            var quotient = x / y;
            return T.CreateTruncating(Round<TDirection>(quotient, Math.FusedMultiplyAdd(-quotient, y, x) / y));
        }
    }

    public readonly struct Root<TDirection> : IFloatUnary
        where TDirection : struct, IDirection
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var x = double.CreateTruncating(a);
            var root = Math.Sqrt(x);
            var error = root == 0 ? 0 : Math.FusedMultiplyAdd(-root, root, x) / (2 * root);
            return T.CreateTruncating(Round<TDirection>(root, error));
        }
    }
}
