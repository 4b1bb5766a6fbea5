using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Exponential and hyperbolic functions in 64 bits.</content>
internal static partial class DeviceMath
{
    private const double Log2E = 1.4426950408889634;

    // ln 2 in two parts. The first has 40 bits, so that its products with exponents are exact.
    private const double Ln2 = 0.6931471805592082;
    private const double Ln2Rest = 7.371002565167799e-13;

    public static double Exp(double x) => ExpTimesPower(x, 0);

    public static double Exp2(double x)
    {
        // Beyond these limits the result is 0 or ∞ all the same; NaN passes through both.
        x = Min(Max(x, -1076), 1025);
        var n = Round(x);
        var r = x - n;

        // (2ʳ − 1) / r on ±½: 2^-56.7, which is the rounding of ln 2.
        var p = FusedMultiplyAdd(r, 2.5855773010184898e-11, 4.4572404338344766e-10);
        p = FusedMultiplyAdd(r, p, 7.0548144514028625e-09);
        p = FusedMultiplyAdd(r, p, 1.0178047523481841e-07);
        p = FusedMultiplyAdd(r, p, 1.321548700443379e-06);
        p = FusedMultiplyAdd(r, p, 1.5252733864864376e-05);
        p = FusedMultiplyAdd(r, p, 0.0001540353039317061);
        p = FusedMultiplyAdd(r, p, 0.0013333558146381723);
        p = FusedMultiplyAdd(r, p, 0.009618129107628564);
        p = FusedMultiplyAdd(r, p, 0.05550410866482176);
        p = FusedMultiplyAdd(r, p, 0.2402265069591007);
        p = FusedMultiplyAdd(r, p, 0.6931471805599453);
        return Scale(FusedMultiplyAdd(r, p, 1), (int)n);
    }

    public static double Sinh(double x)
    {
        var magnitude = Abs(x);
        if (magnitude < 1)
        {
            // (sinh x / x − 1) / x² on ±1: 2^-61.8.
            var z = x * x;
            var p = FusedMultiplyAdd(z, 7.776596232239438e-13, 1.605665925896607e-10);
            p = FusedMultiplyAdd(z, p, 2.5052130997986775e-08);
            p = FusedMultiplyAdd(z, p, 2.7557319106759082e-06);
            p = FusedMultiplyAdd(z, p, 0.00019841269841593408);
            p = FusedMultiplyAdd(z, p, 0.008333333333332912);
            p = FusedMultiplyAdd(z, p, 0.16666666666666669);
            return FusedMultiplyAdd(x * z, p, x);
        }

        // Half of eˣ, which is finite wherever the result is.
        var half = ExpTimesPower(magnitude, -1);
        return CopySign(half - (0.25 / half), x);
    }

    public static double Cosh(double x)
    {
        var half = ExpTimesPower(Abs(x), -1);
        return half + (0.25 / half);
    }

    public static double Tanh(double x)
    {
        var magnitude = Abs(x);
        if (magnitude < 0.55)
        {
            // (tanh x / x − 1) / x² on ±0.55: 2^-60.6.
            var z = magnitude * magnitude;
            var p = FusedMultiplyAdd(z, -1.9482247431171107e-05, 8.329685904635523e-05);
            p = FusedMultiplyAdd(z, p, -0.0002333683028209637);
            p = FusedMultiplyAdd(z, p, 0.0005884394386186958);
            p = FusedMultiplyAdd(z, p, -0.0014555416609787122);
            p = FusedMultiplyAdd(z, p, 0.003592091853426118);
            p = FusedMultiplyAdd(z, p, -0.008863232584679116);
            p = FusedMultiplyAdd(z, p, 0.021869488384886285);
            p = FusedMultiplyAdd(z, p, -0.05396825396372904);
            p = FusedMultiplyAdd(z, p, 0.13333333333326572);
            p = FusedMultiplyAdd(z, p, -0.333333333333333);
            return CopySign(FusedMultiplyAdd(magnitude * z, p, magnitude), x);
        }

        return CopySign(1 - (2 / (ExpTimesPower(2 * magnitude, 0) + 1)), x);
    }

    /// <summary>eˣ · 2ᵏ for a small k.</summary>
    private static double ExpTimesPower(double x, int k)
    {
        // Beyond these limits the result is 0 or ∞ all the same; NaN passes through both.
        x = Min(Max(x, -746), 712);
        var n = Round(x * Log2E);
        var r = FusedMultiplyAdd(n, -Ln2Rest, FusedMultiplyAdd(n, -Ln2, x));
        return Scale(ExpOfReduced(r), (int)n + k);
    }

    /// <summary>eʳ for |r| ≤ ½ ln 2.</summary>
    private static double ExpOfReduced(double r)
    {
        // (eʳ − 1 − r) / r² on ±0.3475: 2^-60.4.
        var p = FusedMultiplyAdd(r, 2.0826618200056196e-09, 2.5112346946497318e-08);
        p = FusedMultiplyAdd(r, p, 2.755758353694705e-07);
        p = FusedMultiplyAdd(r, p, 2.755723398587535e-06);
        p = FusedMultiplyAdd(r, p, 2.4801586922398085e-05);
        p = FusedMultiplyAdd(r, p, 0.00019841269897246256);
        p = FusedMultiplyAdd(r, p, 0.0013888888889119198);
        p = FusedMultiplyAdd(r, p, 0.008333333333316694);
        p = FusedMultiplyAdd(r, p, 0.0416666666666661);
        p = FusedMultiplyAdd(r, p, 0.16666666666666682);
        p = FusedMultiplyAdd(r, p, 0.5);
        return 1 + FusedMultiplyAdd(r * r, p, r);
    }
}
