using ILGPU.Algorithms;
using ILGPU.Util;

namespace IlgpuVq.Tensors.Functions;

/// <summary>Of one number, in kernels.</summary>
internal readonly struct ScalarArithmetic : IArithmetic<float>
{
    public static float Of(float value) => value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float Negate(float x) => -x;

    public static float MultiplyAdd(float a, float b, float c) => a * b + c;

    public static float Abs(float x) => XMath.Abs(x);

    public static float MinusAbs(float x) => -XMath.Abs(x);

    public static float AtMost(float x, float limit) => Utilities.Select(x > limit, limit, x);

    public static float AtLeast(float x, float limit) => Utilities.Select(x < limit, limit, x);

    public static float IfLess(float a, float b, float then, float otherwise) => Utilities.Select(a < b, then, otherwise);

    public static float WithSign(float x, float sign) =>
        FromBits((ToBits(x) & ~FloatBits.SignMask) | (ToBits(sign) & FloatBits.SignMask));

    public static float Round(float x) => x + FloatBits.WholeNumbers - FloatBits.WholeNumbers;

    public static float High(float x) => FromBits(ToBits(x) & FloatBits.HighMask);

    public static float Scale(float x, float n)
    {
        // In two steps, because n goes beyond a float's exponents at both ends.
        var exponent = (int)n;
        var half = exponent >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    public static (float Fraction, float Exponent) Split(float x)
    {
        var isTiny = x < FloatBits.SmallestNormal;
        var bits = ToBits(Utilities.Select(isTiny, x * FloatBits.FractionScale, x)) - FloatBits.RootOfHalfBits;
        var fraction = FromBits((bits & FloatBits.FractionMask) + FloatBits.RootOfHalfBits) - 1;
        var exponent = (bits >> FloatBits.FractionBits) - Utilities.Select(isTiny, (float)FloatBits.FractionBits, 0f);
        exponent = Utilities.Select(x == 0, float.NegativeInfinity, exponent);
        return (Utilities.Select(x >= 0, fraction, float.NaN), Utilities.Select(x == float.PositiveInfinity, x, exponent));
    }

    private static float PowerOfTwo(int exponent) => FromBits((exponent + FloatBits.ExponentBias) << FloatBits.FractionBits);

    private static int ToBits(float x) => BitConverter.SingleToInt32Bits(x);

    private static float FromBits(int bits) => BitConverter.Int32BitsToSingle(bits);
}
