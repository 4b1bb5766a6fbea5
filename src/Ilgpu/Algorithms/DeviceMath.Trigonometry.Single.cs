using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Sine, cosine and tangent in 32 bits.</content>
internal static partial class DeviceMath
{
    private const float TwoOverPiF = 0.636619747f;

    // π/2 in three parts of 24 bits.
    private const float HalfPiF = 1.57079637f;
    private const float HalfPiRestF = -4.37113883e-08f;
    private const float HalfPiRest2F = -1.71512451e-15f;

    /// <summary>Up to here the multiple of π/2 is found in 32 bits.</summary>
    private const float SmallAngleF = 1 << 16;

    public static float Sin(float x) => SinCos(x).Sin;

    public static float Cos(float x) => SinCos(x).Cos;

    public static float Tan(float x)
    {
        var (r, quadrant) = Reduce(x);
        var (sin, cos) = SinCosOfReduced(r);
        var isOdd = (quadrant & 1) != 0;
        return x == 0 ? x : (isOdd ? -cos : sin) / (isOdd ? sin : cos);
    }

    public static (float Sin, float Cos) SinCos(float x)
    {
        var (r, quadrant) = Reduce(x);
        var (sin, cos) = SinCosOfReduced(r);
        var isOdd = (quadrant & 1) != 0;
        var turnedSin = isOdd ? cos : sin;
        var turnedCos = isOdd ? sin : cos;

        // The reduction loses the sign of a zero.
        return (
            x == 0 ? x : (quadrant & 2) != 0 ? -turnedSin : turnedSin,
            ((quadrant + 1) & 2) != 0 ? -turnedCos : turnedCos);
    }

    private static (float Sin, float Cos) SinCosOfReduced(float r)
    {
        var z = r * r;

        // (sin r / r − 1) / r² and (cos r − 1 + r²/2) / r⁴ on ±1.01 · π/4: 2^-27.8 and 2^-30.5.
        var s = FusedMultiplyAdd(z, -0.000195087719f, 0.00833211187f);
        s = FusedMultiplyAdd(z, s, -0.166666538f);
        var c = FusedMultiplyAdd(z, 2.4425728e-05f, -0.00138872559f);
        c = FusedMultiplyAdd(z, c, 0.0416666456f);
        return (FusedMultiplyAdd(r * z, s, r), FusedMultiplyAdd(z, FusedMultiplyAdd(z, c, -0.5f), 1));
    }

    /// <summary>x − n · π/2 for the nearest n, and the lowest bits of n.</summary>
    private static (float Remainder, int Quadrant) Reduce(float x)
    {
        if (!(Abs(x) < SmallAngleF))
        {
            return ReduceLarge(x);
        }

        // Three parts of π/2 (Cody and Waite 1980). The first step is exact: x and n · π/2 are multiples of one power of two.
        var n = Round(x * TwoOverPiF);
        var r = FusedMultiplyAdd(n, -HalfPiRestF, FusedMultiplyAdd(n, -HalfPiF, x));
        return (FusedMultiplyAdd(n, -HalfPiRest2F, r), (int)n);
    }

    /// <summary>The same, with 2/π to as many bits as x needs (Payne and Hanek 1983). NaN for infinities and NaN.</summary>
    /// <remarks>
    /// x is m · 2ᵏ. Bits of 2/π whose product with x is a multiple of 4 are left out; of what the others give, 62 bits lie behind
    /// the point. No number of 32 bits comes closer than 2⁻³⁰ to a multiple of π/2, so 32 of them count at least.
    /// </remarks>
    private static (float Remainder, int Quadrant) ReduceLarge(float x)
    {
        if (!float.IsFinite(x))
        {
            return (float.NaN, 0);
        }

        var bits = BitConverter.SingleToInt32Bits(x);
        var mantissa = (ulong)(uint)((bits & 0x7FFFFF) | 0x800000);

        // 64 zeros stand before the bits of 2/π, which are needed from bit k − 2 on; k is −7 at least.
        var first = ((bits >> 23) & 0xFF) - 150 - 2 + 64;
        var (a, b, c) = first < 64 ? (0, TwoOverPi0, TwoOverPi1)
            : first < 128 ? (TwoOverPi0, TwoOverPi1, TwoOverPi2)
            : (TwoOverPi1, TwoOverPi2, TwoOverPi3);
        var shift = first & 63;
        var high = Join(a, b, shift);
        var low = Join(b, c, shift);
        var turns = (high * mantissa) + (((low >> 32) * mantissa) >> 32);
        var quadrant = (int)((turns + (1UL << 61)) >> 62);
        var fraction = (long)(turns - ((ulong)quadrant << 62));

        // In 64 bits, for the few threads that come here. The factor is π/2 · 2⁻⁶².
        var r = (float)(fraction * 3.406121580086554e-19);
        return bits < 0 ? (-r, -quadrant) : (r, quadrant);
    }

    /// <summary>64 of the 128 bits of two words, from bit <paramref name="shift"/> of the first on.</summary>
    private static ulong Join(ulong first, ulong second, int shift) =>
        shift == 0 ? first : (first << shift) | (second >> (64 - shift));
}
