using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Powers and the cube root in 64 bits.</content>
internal static partial class DeviceMath
{
    private const double TwoThirds = 0.6666666666666666;
    private const double TwoThirdsRest = 3.700743415417188e-17;

    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        // From 2⁵³ on all numbers are even, infinities included.
        var isInteger = Truncate(y) == y;
        var isOdd = isInteger && Truncate(0.5 * y) != 0.5 * y;
        var magnitude = Abs(x);
        var power = magnitude == 0 || Max(magnitude, Abs(y)) == double.PositiveInfinity
            ? PowLimit(magnitude, y)
            : PowOfPositive(magnitude, y);
        return x < 0 && !isInteger && x != double.NegativeInfinity ? double.NaN
            : isOdd ? CopySign(power, x)
            : power;
    }

    public static double Cbrt(double x)
    {
        var magnitude = Abs(x);
        if (!(magnitude > 0 && magnitude < double.PositiveInfinity))
        {
            return x;
        }

        var isTiny = magnitude < SmallestNormal;
        magnitude = isTiny ? magnitude * (1L << 54) : magnitude;

        // 1 / ∛x: a third of the exponent, where the constant is 4/3 of its bias and makes the greatest error of r³ · x least
        // (0.103). Each step leaves 14/81 of the cube of that error.
        var r = BitConverter.Int64BitsToDouble(0x553EE80000000000 - (BitConverter.DoubleToInt64Bits(magnitude) / 3));
        for (var step = 0; step < 3; step++)
        {
            var error = FusedMultiplyAdd(-magnitude * r * r, r, 1);
            r = FusedMultiplyAdd(r * error, FusedMultiplyAdd(error, 2.0 / 9, 1.0 / 3), r);
        }

        // One step of Newton's on y³ = x, from what rounding left of it.
        var y = magnitude * r * r;
        y = FusedMultiplyAdd(FusedMultiplyAdd(-y * y, y, magnitude), r * r * (1.0 / 3), y);
        return CopySign(isTiny ? y * (1.0 / (1 << 18)) : y, x);
    }

    /// <summary>|x|ʸ where x is 0 or one of them is infinite.</summary>
    private static double PowLimit(double magnitude, double y) =>
        magnitude == 1 ? 1 : magnitude > 1 == y > 0 ? double.PositiveInfinity : 0;

    /// <summary>e to the power of y · ln x, with ln x and the product to about 65 bits.</summary>
    private static double PowOfPositive(double x, double y)
    {
        var (log, rest) = ExtendedLog(x);
        var product = y * log;
        rest = FusedMultiplyAdd(y, rest, FusedMultiplyAdd(y, log, -product));

        // Beyond these limits the result is 0 or ∞ all the same, and the rest may not be a number.
        rest = Abs(product) < 760 ? rest : 0;
        product = Min(Max(product, -760), 760);
        var n = Round(product * Log2E);
        var r = FusedMultiplyAdd(n, -Ln2Rest, FusedMultiplyAdd(n, -Ln2, product));
        return Scale(ExpOfReduced(r + rest), (int)n);
    }

    /// <summary>ln x of a positive finite x as the sum of two numbers.</summary>
    private static (double Log, double Tail) ExtendedLog(double x)
    {
        // ln(1 + f) = 2 artanh s with s = f / (2 + f), whose error is found by the remainder of the division.
        var (f, n) = Decompose(x);
        var divisor = 2 + f;
        var divisorRest = f - (divisor - 2);
        var s = f / divisor;
        var sRest = FusedMultiplyAdd(-s, divisorRest, FusedMultiplyAdd(-s, divisor, f)) / divisor;
        var z = s * s;
        var zRest = FusedMultiplyAdd(s, s, -z) + (2 * s * sRest);

        // ((2 artanh s / s − 2) / s² − ⅔) / s², of weight s⁴ in the result: 2^-73.5 of it.
        var p = FusedMultiplyAdd(z, 0.11982703735549596, 0.11675673849270003);
        p = FusedMultiplyAdd(z, p, 0.1333626934058943);
        p = FusedMultiplyAdd(z, p, 0.15384558315982697);
        p = FusedMultiplyAdd(z, p, 0.18181818845400569);
        p = FusedMultiplyAdd(z, p, 0.2222222221778082);
        p = FusedMultiplyAdd(z, p, 0.28571428571443863);
        p = FusedMultiplyAdd(z, p, 0.3999999999999998);

        // s³ · (⅔ + s² · p), all factors as sums of two numbers.
        var tail = z * p;
        var c = TwoThirds + tail;
        var cRest = tail - (c - TwoThirds) + TwoThirdsRest;
        var q = z * c;
        var qRest = FusedMultiplyAdd(z, c, -q) + FusedMultiplyAdd(z, cRest, zRest * c);
        var small = s * q;
        var smallRest = FusedMultiplyAdd(s, q, -small) + FusedMultiplyAdd(s, qRest, sRest * q);
        var sum = (2 * s) + small;
        var rest = small - (sum - (2 * s)) + ((2 * sRest) + smallRest);

        // n · ln 2 is 0 or the larger one.
        var top = n * Ln2;
        var log = top + sum;
        return (log, sum - (log - top) + FusedMultiplyAdd(n, Ln2Rest, rest));
    }
}
