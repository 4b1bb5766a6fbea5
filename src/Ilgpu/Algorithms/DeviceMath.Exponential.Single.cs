using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Exponential and hyperbolic functions in 32 bits.</content>
internal static partial class DeviceMath
{
    private const float Log2EF = 1.44269502f;

    // ln 2 in two parts. The first has 14 bits, so that its products with exponents are exact.
    private const float Ln2F = 0.693115234375f;
    private const float Ln2RestF = 3.194618329871446e-05f;

    public static float Exp(float x) => ExpTimesPower(x, 0);

    public static float Exp2(float x)
    {
        // Beyond these limits the result is 0 or ∞ all the same; NaN passes through both.
        x = Min(Max(x, -151), 130);
        var n = Round(x);
        var r = x - n;

        // (2ʳ − 1) / r on ±½: 2^-30.7.
        var p = FusedMultiplyAdd(r, 1.33589165e-05f, 0.000154613663f);
        p = FusedMultiplyAdd(r, p, 0.00133419561f);
        p = FusedMultiplyAdd(r, p, 0.00961805973f);
        p = FusedMultiplyAdd(r, p, 0.0555040091f);
        p = FusedMultiplyAdd(r, p, 0.240226507f);
        p = FusedMultiplyAdd(r, p, 0.693147182f);
        return Scale(FusedMultiplyAdd(r, p, 1), (int)n);
    }

    public static float Sinh(float x)
    {
        var magnitude = Abs(x);
        if (magnitude < 1)
        {
            // (sinh x / x − 1) / x² on ±1: 2^-31.6.
            var z = x * x;
            var p = FusedMultiplyAdd(z, 2.78221205e-06f, 0.000198428956f);
            p = FusedMultiplyAdd(z, p, 0.00833331048f);
            p = FusedMultiplyAdd(z, p, 0.166666672f);
            return FusedMultiplyAdd(x * z, p, x);
        }

        // Half of eˣ, which is finite wherever the result is.
        var half = ExpTimesPower(magnitude, -1);
        return CopySign(half - (0.25f / half), x);
    }

    public static float Cosh(float x)
    {
        var half = ExpTimesPower(Abs(x), -1);
        return half + (0.25f / half);
    }

    public static float Tanh(float x)
    {
        var magnitude = Abs(x);
        if (magnitude < 0.55f)
        {
            // (tanh x / x − 1) / x² on ±0.55: 2^-29.7.
            var z = magnitude * magnitude;
            var p = FusedMultiplyAdd(z, -0.0062427735f, 0.0210506804f);
            p = FusedMultiplyAdd(z, p, -0.0538475439f);
            p = FusedMultiplyAdd(z, p, 0.133325443f);
            p = FusedMultiplyAdd(z, p, -0.333333164f);
            return CopySign(FusedMultiplyAdd(magnitude * z, p, magnitude), x);
        }

        return CopySign(1 - (2 / (ExpTimesPower(2 * magnitude, 0) + 1)), x);
    }

    /// <summary>eˣ · 2ᵏ for a small k.</summary>
    private static float ExpTimesPower(float x, int k)
    {
        // Beyond these limits the result is 0 or ∞ all the same; NaN passes through both.
        x = Min(Max(x, -104), 92);
        var n = Round(x * Log2EF);
        var r = FusedMultiplyAdd(n, -Ln2RestF, FusedMultiplyAdd(n, -Ln2F, x));
        return Scale(ExpOfReduced(r), (int)n + k);
    }

    /// <summary>eʳ for |r| ≤ ½ ln 2.</summary>
    private static float ExpOfReduced(float r)
    {
        // (eʳ − 1 − r) / r² on ±0.3475: 2^-28.0.
        var p = FusedMultiplyAdd(r, 0.00138142321f, 0.00836890005f);
        p = FusedMultiplyAdd(r, p, 0.0416683927f);
        p = FusedMultiplyAdd(r, p, 0.166665196f);
        p = FusedMultiplyAdd(r, p, 0.49999994f);
        return 1 + FusedMultiplyAdd(r * r, p, r);
    }
}
