using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Sine, cosine and tangent in 64 bits.</content>
internal static partial class DeviceMath
{
    private const double TwoOverPi = 0.6366197723675814;

    // π/2 in three parts of 53 bits.
    private const double HalfPi = 1.5707963267948966;
    private const double HalfPiRest = 6.123233995736766e-17;
    private const double HalfPiRest2 = -1.4973849048591698e-33;

    /// <summary>Up to here the multiple of π/2 is found with three parts of π/2.</summary>
    private const double SmallAngle = 1 << 27;

    public static double Sin(double x) => SinCos(x).Sin;

    public static double Cos(double x) => SinCos(x).Cos;

    public static double Tan(double x)
    {
        var (r, rest, quadrant) = Reduce(x);
        var (sin, cos) = SinCosOfReduced(r, rest);
        var isOdd = (quadrant & 1) != 0;
        return x == 0 ? x : (isOdd ? -cos : sin) / (isOdd ? sin : cos);
    }

    public static (double Sin, double Cos) SinCos(double x)
    {
        var (r, rest, quadrant) = Reduce(x);
        var (sin, cos) = SinCosOfReduced(r, rest);
        var isOdd = (quadrant & 1) != 0;
        var turnedSin = isOdd ? cos : sin;
        var turnedCos = isOdd ? sin : cos;

        // The reduction loses the sign of a zero.
        return (
            x == 0 ? x : (quadrant & 2) != 0 ? -turnedSin : turnedSin,
            ((quadrant + 1) & 2) != 0 ? -turnedCos : turnedCos);
    }

    /// <summary>Of r + rest, to the first order in rest.</summary>
    private static (double Sin, double Cos) SinCosOfReduced(double r, double rest)
    {
        var z = r * r;

        // (sin r / r − 1) / r² and (cos r − 1 + r²/2) / r⁴ on ±π/4: 2^-63.2 and 2^-63.9.
        var s = FusedMultiplyAdd(z, -7.389478142379442e-13, 1.6054311770823791e-10);
        s = FusedMultiplyAdd(z, s, -2.5052070923939834e-08);
        s = FusedMultiplyAdd(z, s, 2.7557319073985594e-06);
        s = FusedMultiplyAdd(z, s, -0.00019841269840962473);
        s = FusedMultiplyAdd(z, s, 0.008333333333333042);
        s = FusedMultiplyAdd(z, s, -0.16666666666666666);
        var c = FusedMultiplyAdd(z, -1.1358683139423052e-11, 2.087570426779683e-09);
        c = FusedMultiplyAdd(z, c, -2.7557314210057393e-07);
        c = FusedMultiplyAdd(z, c, 2.4801587288983648e-05);
        c = FusedMultiplyAdd(z, c, -0.0013888888888873325);
        c = FusedMultiplyAdd(z, c, 0.041666666666666595);

        // 1 − r²/2 loses bits, which come back with the small terms.
        var half = 0.5 * z;
        var top = 1 - half;
        var lost = 1 - top - half;
        return (
            r + FusedMultiplyAdd(r * z, s, rest * top),
            top + (lost + FusedMultiplyAdd(z * z, c, -r * rest)));
    }

    /// <summary>x − n · π/2 for the nearest n as the sum of two numbers, and the lowest bits of n.</summary>
    private static (double Remainder, double Tail, int Quadrant) Reduce(double x)
    {
        if (!(Abs(x) < SmallAngle))
        {
            return ReduceLarge(x);
        }

        // Three parts of π/2 (Cody and Waite 1980). The first step is exact: x and n · π/2 are multiples of one power of two.
        var n = Round(x * TwoOverPi);
        var r = FusedMultiplyAdd(n, -HalfPi, x);

        // The second may cancel nearly all of r: its product and its sum are kept with what rounding lost (Knuth's two-sum).
        var product = n * HalfPiRest;
        var productRest = FusedMultiplyAdd(n, HalfPiRest, -product);
        var sum = r - product;
        var subtracted = sum - r;
        var sumRest = r - (sum - subtracted) - (product + subtracted);
        return (sum, FusedMultiplyAdd(n, -HalfPiRest2, sumRest - productRest), (int)n);
    }

    /// <summary>The same, with 2/π to as many bits as x needs (Payne and Hanek 1983). NaN for infinities and NaN.</summary>
    /// <remarks>
    /// x is m · 2ᵏ with m of 64 bits. Bits of 2/π whose product with x is a multiple of 4 are left out; the product of m with the
    /// 192 bits that follow has 126 bits behind the point. No number of 64 bits comes closer than 2⁻⁶² to a multiple of π/2
    /// (Muller, Elementary Functions, section 11.3), so 64 of them count at least.
    /// </remarks>
    private static (double Remainder, double Tail, int Quadrant) ReduceLarge(double x)
    {
        if (!double.IsFinite(x))
        {
            return (double.NaN, 0, 0);
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        var mantissa = (ulong)((bits & 0xFFFFFFFFFFFFF) | 0x10000000000000) << 11;

        // 64 zeros stand before the bits of 2/π, which are needed from bit k − 2 on; k is −36 at least.
        var first = ((int)(bits >> 52) & 0x7FF) - 1086 - 2 + 64;
        var (a, b, c, d) = TwoOverPiFrom(first >> 6);
        var shift = first & 63;
        var middle = Join(b, c, shift) * mantissa;
        var low = middle + HighProduct(Join(c, d, shift), mantissa);
        var high = (Join(a, b, shift) * mantissa) + HighProduct(Join(b, c, shift), mantissa) + (low < middle ? 1UL : 0);

        var quadrant = (int)((high + (1UL << 61)) >> 62);
        high -= (ulong)quadrant << 62;
        var isNegative = (long)high < 0;
        if (isNegative)
        {
            high = ~high + (low == 0 ? 1UL : 0);
            low = ~low + 1;
        }

        // The fraction as two numbers of 53 bits, times π/2.
        var zeros = System.Numerics.BitOperations.LeadingZeroCount(high);
        high = Join(high, low, zeros);
        low <<= zeros;
        var scale = LongPowerOfTwo(-62 - zeros);
        var top = (high >> 11) * 2048.0 * scale;
        var rest = (((high << 53) | (low >> 11)) * (1.0 / (1L << 53))) * scale;
        var r = top * HalfPi;
        rest = FusedMultiplyAdd(top, HalfPi, -r) + FusedMultiplyAdd(top, HalfPiRest, rest * HalfPi);
        var turned = isNegative ? -1.0 : 1.0;
        turned = bits < 0 ? -turned : turned;
        return (turned * r, turned * rest, bits < 0 ? -quadrant : quadrant);
    }

    /// <summary>The upper half of a product, from four products of halves.</summary>
    private static ulong HighProduct(ulong x, ulong y)
    {
        var (xHigh, xLow) = (x >> 32, x & uint.MaxValue);
        var (yHigh, yLow) = (y >> 32, y & uint.MaxValue);
        var cross = (xHigh * yLow) + ((xLow * yLow) >> 32);
        var otherCross = (xLow * yHigh) + (cross & uint.MaxValue);
        return (xHigh * yHigh) + (cross >> 32) + (otherCross >> 32);
    }
}
