using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Inverse trigonometric functions in 64 bits.</content>
internal static partial class DeviceMath
{
    private const double TangentOfEighth = 0.41421356237309503;

    public static double Asin(double x)
    {
        var (t, isReduced) = AsinOfMagnitude(x);
        return CopySign(isReduced ? HalfPi + FusedMultiplyAdd(-2, t, HalfPiRest) : t, x);
    }

    public static double Acos(double x)
    {
        var (t, isReduced) = AsinOfMagnitude(x);
        return !isReduced ? HalfPi - (CopySign(t, x) - HalfPiRest)
            : x > 0 ? 2 * t
            : 2 * (HalfPi - (t - HalfPiRest));
    }

    public static double Atan(double x)
    {
        var magnitude = Abs(x);
        var isInverted = magnitude > 1;
        var t = AtanOfUnit(isInverted ? 1 / magnitude : magnitude);
        return CopySign(isInverted ? HalfPi - (t - HalfPiRest) : t, x);
    }

    public static double Atan2(double y, double x)
    {
        var (height, width) = (Abs(y), Abs(x));
        var (larger, smaller) = (Max(height, width), Min(height, width));

        // The quotient of two zeros counts as 0, that of two infinities as 1.
        var t = AtanOfUnit(larger == 0 ? 0 : smaller == larger ? 1 : smaller / larger);
        t = height > width ? HalfPi - (t - HalfPiRest) : t;
        t = BitConverter.DoubleToInt64Bits(x) < 0 ? (2 * HalfPi) - (t - (2 * HalfPiRest)) : t;
        return CopySign(t, y);
    }

    /// <summary>asin |x| up to ½, else asin √((1 − |x|) / 2), which is π/4 − asin |x| / 2. NaN above 1.</summary>
    private static (double Angle, bool IsReduced) AsinOfMagnitude(double x)
    {
        var magnitude = Abs(x);
        var isReduced = magnitude > 0.5;
        var z = isReduced ? FusedMultiplyAdd(-0.5, magnitude, 0.5) : magnitude * magnitude;
        var s = isReduced ? Sqrt(z) : magnitude;

        // (asin s / s − 1) / s² on ±½: 2^-59.9.
        var p = FusedMultiplyAdd(z, 0.03262878158228764, -0.02099899833078115);
        p = FusedMultiplyAdd(z, p, 0.02170715354784657);
        p = FusedMultiplyAdd(z, p, 0.0037066438864606288);
        p = FusedMultiplyAdd(z, p, 0.010780156057249829);
        p = FusedMultiplyAdd(z, p, 0.011398936586633822);
        p = FusedMultiplyAdd(z, p, 0.013980816546656182);
        p = FusedMultiplyAdd(z, p, 0.017351612450924807);
        p = FusedMultiplyAdd(z, p, 0.0223722149560401);
        p = FusedMultiplyAdd(z, p, 0.030381942709246774);
        p = FusedMultiplyAdd(z, p, 0.04464285717457127);
        p = FusedMultiplyAdd(z, p, 0.07499999999970859);
        p = FusedMultiplyAdd(z, p, 0.1666666666666676);
        return (FusedMultiplyAdd(s * z, p, s), isReduced);
    }

    /// <summary>atan q for 0 ≤ q ≤ 1.</summary>
    private static double AtanOfUnit(double q)
    {
        // Above tan(π/8) it is π/4 + atan((q − 1) / (q + 1)).
        var isReduced = q > TangentOfEighth;
        var t = isReduced ? (q - 1) / (q + 1) : q;

        // (atan t / t − 1) / t² on ±tan(π/8): 2^-59.4.
        var z = t * t;
        var p = FusedMultiplyAdd(z, -0.017868338836526956, 0.03802923262624113);
        p = FusedMultiplyAdd(z, p, -0.05037920656176216);
        p = FusedMultiplyAdd(z, p, 0.058475835191596354);
        p = FusedMultiplyAdd(z, p, -0.06663062202945991);
        p = FusedMultiplyAdd(z, p, 0.07692056548070204);
        p = FusedMultiplyAdd(z, p, -0.09090897552357588);
        p = FusedMultiplyAdd(z, p, 0.11111110776345465);
        p = FusedMultiplyAdd(z, p, -0.14285714280054895);
        p = FusedMultiplyAdd(z, p, 0.1999999999995219);
        p = FusedMultiplyAdd(z, p, -0.3333333333333319);
        var angle = FusedMultiplyAdd(t * z, p, t);
        return isReduced ? (0.5 * HalfPi) + (angle + (0.5 * HalfPiRest)) : angle;
    }
}
