using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Logarithms and inverse hyperbolic functions in 32 bits.</content>
internal static partial class DeviceMath
{
    // 1 / ln 2, 1 / ln 10 and log₁₀ 2 in two parts; the first of log₁₀ 2 has 14 bits.
    private const float Log2ERestF = 1.925963033500011e-08f;
    private const float Log10EF = 0.434294492f;
    private const float Log10ERestF = -1.0103049952192578e-08f;
    private const float Log10Of2F = 0.301025390625f;
    private const float Log10Of2RestF = 4.605039066518657e-06f;

    private const float SmallestNormalF = 1.17549435e-38f;

    /// <summary>The bits of √½.</summary>
    private const int RootOfHalfBitsF = 0x3F3504F3;

    /// <summary>From here on asinh x and acosh x are ln 2x.</summary>
    private const float LargeF = 1 << 30;

    public static float Log(float x) => LogTimesPower(x, 0);

    public static float Log2(float x)
    {
        var (f, exponent) = Decompose(x);
        var rest = LogRest(f);
        var product = FusedMultiplyAdd(f, Log2EF, FusedMultiplyAdd(rest, Log2EF, f * Log2ERestF));
        return x is > 0 and < float.PositiveInfinity ? exponent + product : LogLimit(x);
    }

    public static float Log10(float x)
    {
        var (f, exponent) = Decompose(x);
        var rest = LogRest(f);
        var product = FusedMultiplyAdd(f, Log10EF, FusedMultiplyAdd(rest, Log10EF, f * Log10ERestF));
        product = FusedMultiplyAdd(exponent, Log10Of2RestF, product);
        return x is > 0 and < float.PositiveInfinity ? FusedMultiplyAdd(exponent, Log10Of2F, product) : LogLimit(x);
    }

    public static float Asinh(float x)
    {
        var magnitude = Abs(x);
        if (magnitude >= LargeF)
        {
            return CopySign(LogTimesPower(magnitude, 1), x);
        }

        // ln(x + √(1 + x²)) = ln(1 + x + x² / (1 + √(1 + x²))), in which nothing cancels.
        var square = magnitude * magnitude;
        return CopySign(LogOfOnePlus(magnitude + (square / (1 + Sqrt(1 + square)))), x);
    }

    public static float Acosh(float x)
    {
        if (x >= LargeF)
        {
            return LogTimesPower(x, 1);
        }

        // ln(x + √(x² − 1)) = ln(1 + t + √(t · (t + 2))) with t = x − 1.
        var t = x - 1;
        return x >= 1 ? LogOfOnePlus(t + Sqrt(t * (t + 2))) : float.NaN;
    }

    public static float Atanh(float x)
    {
        var magnitude = Abs(x);
        if (magnitude >= 1)
        {
            return magnitude > 1 ? float.NaN : CopySign(float.PositiveInfinity, x);
        }

        return CopySign(0.5f * LogOfOnePlus(2 * magnitude / (1 - magnitude)), x);
    }

    /// <summary>ln(x · 2ᵏ).</summary>
    private static float LogTimesPower(float x, int k)
    {
        var (f, exponent) = Decompose(x);
        return x is > 0 and < float.PositiveInfinity ? LogOf(f, exponent + k) : LogLimit(x);
    }

    /// <summary>ln(1 + z) for 0 ≤ z &lt; 2⁶⁴, and NaN for NaN.</summary>
    private static float LogOfOnePlus(float z)
    {
        // Of 1 + z only the exponent is used, so that it does not matter what its rounding loses.
        var exponent = (BitConverter.SingleToInt32Bits(1 + z) - RootOfHalfBitsF) >> 23;
        var scale = BitConverter.Int32BitsToSingle((127 - exponent) << 23);
        return LogOf(FusedMultiplyAdd(z, scale, scale - 1), exponent);
    }

    /// <summary>ln((1 + f) · 2ⁿ).</summary>
    private static float LogOf(float f, float n) =>
        FusedMultiplyAdd(n, Ln2F, f + FusedMultiplyAdd(n, Ln2RestF, LogRest(f)));

    /// <summary>ln(1 + f) − f for √½ ≤ 1 + f &lt; √2.</summary>
    private static float LogRest(float f)
    {
        // (ln(1 + f) − f + f²/2) / f³: 2^-27.2.
        var p = FusedMultiplyAdd(f, -0.0763422772f, 0.127614245f);
        p = FusedMultiplyAdd(f, p, -0.131602004f);
        p = FusedMultiplyAdd(f, p, 0.142017737f);
        p = FusedMultiplyAdd(f, p, -0.166233569f);
        p = FusedMultiplyAdd(f, p, 0.200012267f);
        p = FusedMultiplyAdd(f, p, -0.250008196f);
        p = FusedMultiplyAdd(f, p, 0.333333313f);
        return f * f * FusedMultiplyAdd(f, p, -0.5f);
    }

    /// <summary>A positive finite x as (1 + f) · 2ⁿ with √½ ≤ 1 + f &lt; √2; f is exact.</summary>
    private static (float Fraction, int Exponent) Decompose(float x)
    {
        var isTiny = x < SmallestNormalF;
        var bits = BitConverter.SingleToInt32Bits(isTiny ? x * (1 << 23) : x) - RootOfHalfBitsF;
        var fraction = BitConverter.Int32BitsToSingle((bits & 0x7FFFFF) + RootOfHalfBitsF) - 1;
        return (fraction, (bits >> 23) - (isTiny ? 23 : 0));
    }

    /// <summary>The logarithm of zeros, infinities, negative numbers and NaN.</summary>
    private static float LogLimit(float x) => x == 0 ? float.NegativeInfinity : x > 0 ? x : float.NaN;
}
