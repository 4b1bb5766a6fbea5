using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Logarithms and inverse hyperbolic functions in 64 bits.</content>
internal static partial class DeviceMath
{
    // 1 / ln 2, 1 / ln 10 and log₁₀ 2 in two parts; the first of log₁₀ 2 has 40 bits.
    private const double Log2ERest = 2.0355273740931033e-17;
    private const double Log10E = 0.4342944819032518;
    private const double Log10ERest = 1.098319650216765e-17;
    private const double Log10Of2 = 0.30102999566361177;
    private const double Log10Of2Rest = 3.694239077158931e-13;

    private const double SmallestNormal = 2.2250738585072014e-308;

    /// <summary>The bits of √½.</summary>
    private const long RootOfHalfBits = 0x3FE6A09E667F3BCD;

    /// <summary>From here on asinh x and acosh x are ln 2x.</summary>
    private const double Large = 1 << 30;

    public static double Log(double x) => LogTimesPower(x, 0);

    public static double Log2(double x)
    {
        var (f, exponent) = Decompose(x);
        var rest = LogRest(f);
        var product = FusedMultiplyAdd(f, Log2E, FusedMultiplyAdd(rest, Log2E, f * Log2ERest));
        return x is > 0 and < double.PositiveInfinity ? exponent + product : LogLimit(x);
    }

    public static double Log10(double x)
    {
        var (f, exponent) = Decompose(x);
        var rest = LogRest(f);
        var product = FusedMultiplyAdd(f, Log10E, FusedMultiplyAdd(rest, Log10E, f * Log10ERest));
        product = FusedMultiplyAdd(exponent, Log10Of2Rest, product);
        return x is > 0 and < double.PositiveInfinity ? FusedMultiplyAdd(exponent, Log10Of2, product) : LogLimit(x);
    }

    public static double Asinh(double x)
    {
        var magnitude = Abs(x);
        if (magnitude >= Large)
        {
            return CopySign(LogTimesPower(magnitude, 1), x);
        }

        // ln(x + √(1 + x²)) = ln(1 + x + x² / (1 + √(1 + x²))), in which nothing cancels.
        var square = magnitude * magnitude;
        return CopySign(LogOfOnePlus(magnitude + (square / (1 + Sqrt(1 + square)))), x);
    }

    public static double Acosh(double x)
    {
        if (x >= Large)
        {
            return LogTimesPower(x, 1);
        }

        // ln(x + √(x² − 1)) = ln(1 + t + √(t · (t + 2))) with t = x − 1.
        var t = x - 1;
        return x >= 1 ? LogOfOnePlus(t + Sqrt(t * (t + 2))) : double.NaN;
    }

    public static double Atanh(double x)
    {
        var magnitude = Abs(x);
        if (magnitude >= 1)
        {
            return magnitude > 1 ? double.NaN : CopySign(double.PositiveInfinity, x);
        }

        return CopySign(0.5 * LogOfOnePlus(2 * magnitude / (1 - magnitude)), x);
    }

    /// <summary>ln(x · 2ᵏ).</summary>
    private static double LogTimesPower(double x, int k)
    {
        var (f, exponent) = Decompose(x);
        return x is > 0 and < double.PositiveInfinity ? LogOf(f, exponent + k) : LogLimit(x);
    }

    /// <summary>ln(1 + z) for 0 ≤ z &lt; 2⁶⁴, and NaN for NaN.</summary>
    private static double LogOfOnePlus(double z)
    {
        // Of 1 + z only the exponent is used, so that it does not matter what its rounding loses.
        var exponent = (int)((BitConverter.DoubleToInt64Bits(1 + z) - RootOfHalfBits) >> 52);
        var scale = LongPowerOfTwo(-exponent);
        return LogOf(FusedMultiplyAdd(z, scale, scale - 1), exponent);
    }

    /// <summary>ln((1 + f) · 2ⁿ).</summary>
    private static double LogOf(double f, double n) =>
        FusedMultiplyAdd(n, Ln2, f + FusedMultiplyAdd(n, Ln2Rest, LogRest(f)));

    /// <summary>ln(1 + f) − f for √½ ≤ 1 + f &lt; √2.</summary>
    /// <remarks>
    /// With s = f / (2 + f), ln(1 + f) is 2 artanh s = 2s + s · R(s²), and 2s is f − s · f: so the rounding of s counts only in
    /// what is small beside f.
    /// </remarks>
    private static double LogRest(double f)
    {
        var s = f / (2 + f);
        var z = s * s;

        // (2 artanh s / s − 2) / s²: 2^-66.6.
        var p = FusedMultiplyAdd(z, 0.13236081782356965, 0.13252011393816857);
        p = FusedMultiplyAdd(z, p, 0.15386994533942633);
        p = FusedMultiplyAdd(z, p, 0.18181778236679066);
        p = FusedMultiplyAdd(z, p, 0.22222222608263734);
        p = FusedMultiplyAdd(z, p, 0.2857142856940426);
        p = FusedMultiplyAdd(z, p, 0.40000000000004937);
        p = FusedMultiplyAdd(z, p, 0.6666666666666666);
        return s * FusedMultiplyAdd(z, p, -f);
    }

    /// <summary>A positive finite x as (1 + f) · 2ⁿ with √½ ≤ 1 + f &lt; √2; f is exact.</summary>
    private static (double Fraction, int Exponent) Decompose(double x)
    {
        var isTiny = x < SmallestNormal;
        var bits = BitConverter.DoubleToInt64Bits(isTiny ? x * (1L << 52) : x) - RootOfHalfBits;
        var fraction = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) + RootOfHalfBits) - 1;
        return (fraction, (int)(bits >> 52) - (isTiny ? 52 : 0));
    }

    /// <summary>The logarithm of zeros, infinities, negative numbers and NaN.</summary>
    private static double LogLimit(double x) => x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
}
