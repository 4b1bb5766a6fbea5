using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Inverse trigonometric functions in 32 bits.</content>
internal static partial class DeviceMath
{
    public static float Asin(float x)
    {
        var (t, isReduced) = AsinOfMagnitude(x);
        return CopySign(isReduced ? HalfPiF + FusedMultiplyAdd(-2, t, HalfPiRestF) : t, x);
    }

    public static float Acos(float x)
    {
        var (t, isReduced) = AsinOfMagnitude(x);
        return !isReduced ? HalfPiF - (CopySign(t, x) - HalfPiRestF)
            : x > 0 ? 2 * t
            : 2 * (HalfPiF - (t - HalfPiRestF));
    }

    public static float Atan(float x)
    {
        var magnitude = Abs(x);
        var isInverted = magnitude > 1;
        var t = AtanOfUnit(isInverted ? 1 / magnitude : magnitude);
        return CopySign(isInverted ? HalfPiF - (t - HalfPiRestF) : t, x);
    }

    public static float Atan2(float y, float x)
    {
        var (height, width) = (Abs(y), Abs(x));
        var (larger, smaller) = (Max(height, width), Min(height, width));

        // The quotient of two zeros counts as 0, that of two infinities as 1.
        var t = AtanOfUnit(larger == 0 ? 0 : smaller == larger ? 1 : smaller / larger);
        t = height > width ? HalfPiF - (t - HalfPiRestF) : t;
        t = BitConverter.SingleToInt32Bits(x) < 0 ? (2 * HalfPiF) - (t - (2 * HalfPiRestF)) : t;
        return CopySign(t, y);
    }

    /// <summary>asin |x| up to ½, else asin √((1 − |x|) / 2), which is π/4 − asin |x| / 2. NaN above 1.</summary>
    private static (float Angle, bool IsReduced) AsinOfMagnitude(float x)
    {
        var magnitude = Abs(x);
        var isReduced = magnitude > 0.5f;
        var z = isReduced ? FusedMultiplyAdd(-0.5f, magnitude, 0.5f) : magnitude * magnitude;
        var s = isReduced ? Sqrt(z) : magnitude;

        // (asin s / s − 1) / s² on ±½: 2^-27.6.
        var p = FusedMultiplyAdd(z, 0.0421663597f, 0.0241808053f);
        p = FusedMultiplyAdd(z, p, 0.0454697683f);
        p = FusedMultiplyAdd(z, p, 0.0749530643f);
        p = FusedMultiplyAdd(z, p, 0.166667521f);
        return (FusedMultiplyAdd(s * z, p, s), isReduced);
    }

    /// <summary>atan q for 0 ≤ q ≤ 1.</summary>
    private static float AtanOfUnit(float q)
    {
        // (atan q / q − 1) / q² on ±1: 2^-28.5.
        var z = q * q;
        var p = FusedMultiplyAdd(z, -0.00178211241f, 0.0108661484f);
        p = FusedMultiplyAdd(z, p, -0.031093346f);
        p = FusedMultiplyAdd(z, p, 0.057878729f);
        p = FusedMultiplyAdd(z, p, -0.0839920267f);
        p = FusedMultiplyAdd(z, p, 0.109508604f);
        p = FusedMultiplyAdd(z, p, -0.142640144f);
        p = FusedMultiplyAdd(z, p, 0.199985296f);
        p = FusedMultiplyAdd(z, p, -0.333332986f);
        return FusedMultiplyAdd(q * z, p, q);
    }
}
