using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Powers and the cube root in 32 bits.</content>
internal static partial class DeviceMath
{
    private const float TwoThirdsF = 0.6666667f;
    private const float TwoThirdsRestF = -1.9868215517249155e-08f;

    public static float Pow(float x, float y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (float.IsNaN(x) || float.IsNaN(y))
        {
            return float.NaN;
        }

        // From 2²⁴ on all numbers are even, infinities included.
        var isInteger = Truncate(y) == y;
        var isOdd = isInteger && Truncate(0.5f * y) != 0.5f * y;
        var magnitude = Abs(x);
        var power = magnitude == 0 || Max(magnitude, Abs(y)) == float.PositiveInfinity
            ? PowLimit(magnitude, y)
            : PowOfPositive(magnitude, y);
        return x < 0 && !isInteger && x != float.NegativeInfinity ? float.NaN
            : isOdd ? CopySign(power, x)
            : power;
    }

    public static float Cbrt(float x)
    {
        var magnitude = Abs(x);
        if (!(magnitude > 0 && magnitude < float.PositiveInfinity))
        {
            return x;
        }

        var isTiny = magnitude < SmallestNormalF;
        magnitude = isTiny ? magnitude * (1 << 24) : magnitude;

        // 1 / ∛x: a third of the exponent, where the constant is 4/3 of its bias and makes the greatest error of r³ · x least
        // (0.103). Each step leaves 14/81 of the cube of that error.
        var r = BitConverter.Int32BitsToSingle(0x54A20000 - (BitConverter.SingleToInt32Bits(magnitude) / 3));
        for (var step = 0; step < 2; step++)
        {
            var error = FusedMultiplyAdd(-magnitude * r * r, r, 1);
            r = FusedMultiplyAdd(r * error, FusedMultiplyAdd(error, 2f / 9, 1f / 3), r);
        }

        // One step of Newton's on y³ = x, from what rounding left of it.
        var y = magnitude * r * r;
        y = FusedMultiplyAdd(FusedMultiplyAdd(-y * y, y, magnitude), r * r * (1f / 3), y);
        return CopySign(isTiny ? y * (1f / 256) : y, x);
    }

    /// <summary>|x|ʸ where x is 0 or one of them is infinite.</summary>
    private static float PowLimit(float magnitude, float y) =>
        magnitude == 1 ? 1 : magnitude > 1 == y > 0 ? float.PositiveInfinity : 0;

    /// <summary>e to the power of y · ln x, with ln x and the product to about 36 bits.</summary>
    private static float PowOfPositive(float x, float y)
    {
        var (log, rest) = ExtendedLog(x);
        var product = y * log;
        rest = FusedMultiplyAdd(y, rest, FusedMultiplyAdd(y, log, -product));

        // Beyond these limits the result is 0 or ∞ all the same, and the rest may not be a number.
        rest = Abs(product) < 120 ? rest : 0;
        product = Min(Max(product, -120), 120);
        var n = Round(product * Log2EF);
        var r = FusedMultiplyAdd(n, -Ln2RestF, FusedMultiplyAdd(n, -Ln2F, product));
        return Scale(ExpOfReduced(r + rest), (int)n);
    }

    /// <summary>ln x of a positive finite x as the sum of two numbers.</summary>
    private static (float Log, float Tail) ExtendedLog(float x)
    {
        // ln(1 + f) = 2 artanh s with s = f / (2 + f), whose error is found by the remainder of the division.
        var (f, n) = Decompose(x);
        var divisor = 2 + f;
        var divisorRest = f - (divisor - 2);
        var s = f / divisor;
        var sRest = FusedMultiplyAdd(-s, divisorRest, FusedMultiplyAdd(-s, divisor, f)) / divisor;

        var z = s * s;
        var zRest = FusedMultiplyAdd(s, s, -z) + (2 * s * sRest);

        // ((2 artanh s / s − 2) / s² − ⅔) / s², of weight s⁴ in the result: 2^-36.8 of it.
        var p = FusedMultiplyAdd(z, 0.234197766f, 0.285470843f);
        p = FusedMultiplyAdd(z, p, 0.400001526f);

        // s³ · (⅔ + s² · p), all factors as sums of two numbers.
        var tail = z * p;
        var c = TwoThirdsF + tail;
        var cRest = tail - (c - TwoThirdsF) + TwoThirdsRestF;
        var q = z * c;
        var qRest = FusedMultiplyAdd(z, c, -q) + FusedMultiplyAdd(z, cRest, zRest * c);
        var small = s * q;
        var smallRest = FusedMultiplyAdd(s, q, -small) + FusedMultiplyAdd(s, qRest, sRest * q);
        var sum = (2 * s) + small;
        var rest = small - (sum - (2 * s)) + ((2 * sRest) + smallRest);

        // n · ln 2 is 0 or the larger one.
        var top = n * Ln2F;
        var log = top + sum;
        return (log, sum - (log - top) + FusedMultiplyAdd(n, Ln2RestF, rest));
    }
}
