namespace ILGPU.Algorithms;

/// <summary>Mathematical functions for kernels, in 32 and 64 bits.</summary>
/// <remarks>On the CPU these are the functions of the host; devices may be less exact, as their back ends state.</remarks>
public static class XMath
{
    public const float E = MathF.E;

    public const double ED = Math.E;

    public const float PI = MathF.PI;

    public const double PID = Math.PI;

    public const float Log2E = 1.44269504088896340736f;

    public const float PIHalf = MathF.PI / 2;

    public const float OneOverPI = 1 / MathF.PI;

    public static float Sqrt(float value) => MathF.Sqrt(value);

    public static double Sqrt(double value) => Math.Sqrt(value);

    public static float Exp(float value) => MathF.Exp(value);

    public static double Exp(double value) => Math.Exp(value);

    public static float Log(float value) => MathF.Log(value);

    public static double Log(double value) => Math.Log(value);

    public static float Log2(float value) => MathF.Log2(value);

    public static double Log2(double value) => Math.Log2(value);

    public static float Log10(float value) => MathF.Log10(value);

    public static double Log10(double value) => Math.Log10(value);

    public static float Sin(float value) => MathF.Sin(value);

    public static double Sin(double value) => Math.Sin(value);

    public static float Cos(float value) => MathF.Cos(value);

    public static double Cos(double value) => Math.Cos(value);

    public static float Tan(float value) => MathF.Tan(value);

    public static double Tan(double value) => Math.Tan(value);

    public static float Asin(float value) => MathF.Asin(value);

    public static double Asin(double value) => Math.Asin(value);

    public static float Acos(float value) => MathF.Acos(value);

    public static double Acos(double value) => Math.Acos(value);

    public static float Atan(float value) => MathF.Atan(value);

    public static double Atan(double value) => Math.Atan(value);

    public static float Sinh(float value) => MathF.Sinh(value);

    public static double Sinh(double value) => Math.Sinh(value);

    public static float Cosh(float value) => MathF.Cosh(value);

    public static double Cosh(double value) => Math.Cosh(value);

    public static float Tanh(float value) => MathF.Tanh(value);

    public static double Tanh(double value) => Math.Tanh(value);

    public static float Floor(float value) => MathF.Floor(value);

    public static double Floor(double value) => Math.Floor(value);

    public static float Ceiling(float value) => MathF.Ceiling(value);

    public static double Ceiling(double value) => Math.Ceiling(value);

    public static float Truncate(float value) => MathF.Truncate(value);

    public static double Truncate(double value) => Math.Truncate(value);

    /// <summary>1 / value.</summary>
    public static float Rcp(float value) => 1 / value;

    /// <inheritdoc cref="Rcp(float)"/>
    public static double Rcp(double value) => 1 / value;

    /// <summary>1 / √value.</summary>
    public static float Rsqrt(float value) => 1 / MathF.Sqrt(value);

    /// <inheritdoc cref="Rsqrt(float)"/>
    public static double Rsqrt(double value) => 1 / Math.Sqrt(value);

    /// <summary>2 to the power of the value.</summary>
    public static float Exp2(float value) => MathF.Pow(2, value);

    /// <inheritdoc cref="Exp2(float)"/>
    public static double Exp2(double value) => Math.Pow(2, value);

    public static float Pow(float value, float exp) => MathF.Pow(value, exp);

    public static double Pow(double value, double exp) => Math.Pow(value, exp);

    /// <summary>Logarithm to any base.</summary>
    public static float Log(float value, float newBase) => MathF.Log(value, newBase);

    /// <inheritdoc cref="Log(float, float)"/>
    public static double Log(double value, double newBase) => Math.Log(value, newBase);

    public static float Atan2(float y, float x) => MathF.Atan2(y, x);

    public static double Atan2(double y, double x) => Math.Atan2(y, x);

    /// <summary>The remainder of a division rounded towards zero, as of the operator %.</summary>
    public static float Rem(float x, float y) => x % y;

    /// <inheritdoc cref="Rem(float, float)"/>
    public static double Rem(double x, double y) => x % y;

    /// <summary>The remainder of a division rounded to even, as of IEEE 754.</summary>
    public static float IEEERemainder(float x, float y) => MathF.IEEERemainder(x, y);

    /// <inheritdoc cref="IEEERemainder(float, float)"/>
    public static double IEEERemainder(double x, double y) => Math.IEEERemainder(x, y);

    /// <summary>Rounds halves to even.</summary>
    public static float RoundToEven(float value) => MathF.Round(value, MidpointRounding.ToEven);

    /// <inheritdoc cref="RoundToEven(float)"/>
    public static double RoundToEven(double value) => Math.Round(value, MidpointRounding.ToEven);

    /// <summary>Rounds halves away from zero.</summary>
    public static float RoundAwayFromZero(float value) => MathF.Round(value, MidpointRounding.AwayFromZero);

    /// <inheritdoc cref="RoundAwayFromZero(float)"/>
    public static double RoundAwayFromZero(double value) => Math.Round(value, MidpointRounding.AwayFromZero);

    /// <summary>Rounds halves to even.</summary>
    public static float Round(float value) => RoundToEven(value);

    /// <inheritdoc cref="Round(float)"/>
    public static double Round(double value) => RoundToEven(value);

    public static float CopySign(float magnitude, float sign) => MathF.CopySign(magnitude, sign);

    public static double CopySign(double magnitude, double sign) => Math.CopySign(magnitude, sign);

    public static bool IsNaN(float value) => float.IsNaN(value);

    public static bool IsNaN(double value) => double.IsNaN(value);

    public static bool IsInfinity(float value) => float.IsInfinity(value);

    public static bool IsInfinity(double value) => double.IsInfinity(value);

    public static bool IsFinite(float value) => float.IsFinite(value);

    public static bool IsFinite(double value) => double.IsFinite(value);

    /// <summary>Sine and cosine at once.</summary>
    public static void SinCos(float value, out float sin, out float cos) => (sin, cos) = MathF.SinCos(value);

    /// <inheritdoc cref="SinCos(float, out float, out float)"/>
    public static void SinCos(double value, out double sin, out double cos) => (sin, cos) = Math.SinCos(value);

    /// <summary>−1, 0 or 1; 0 for NaN, which has no sign.</summary>
    public static int Sign(float value) => value > 0 ? 1 : value < 0 ? -1 : 0;

    /// <inheritdoc cref="Sign(float)"/>
    public static int Sign(double value) => value > 0 ? 1 : value < 0 ? -1 : 0;

    public static int Abs(int value) => IntrinsicMath.Abs(value);

    public static long Abs(long value) => IntrinsicMath.Abs(value);

    public static float Abs(float value) => IntrinsicMath.Abs(value);

    public static double Abs(double value) => IntrinsicMath.Abs(value);

    public static int Min(int first, int second) => IntrinsicMath.Min(first, second);

    public static uint Min(uint first, uint second) => IntrinsicMath.Min(first, second);

    public static long Min(long first, long second) => IntrinsicMath.Min(first, second);

    public static ulong Min(ulong first, ulong second) => IntrinsicMath.Min(first, second);

    public static float Min(float first, float second) => IntrinsicMath.Min(first, second);

    public static double Min(double first, double second) => IntrinsicMath.Min(first, second);

    public static int Max(int first, int second) => IntrinsicMath.Max(first, second);

    public static uint Max(uint first, uint second) => IntrinsicMath.Max(first, second);

    public static long Max(long first, long second) => IntrinsicMath.Max(first, second);

    public static ulong Max(ulong first, ulong second) => IntrinsicMath.Max(first, second);

    public static float Max(float first, float second) => IntrinsicMath.Max(first, second);

    public static double Max(double first, double second) => IntrinsicMath.Max(first, second);

    public static int Clamp(int value, int min, int max) => IntrinsicMath.Clamp(value, min, max);

    public static uint Clamp(uint value, uint min, uint max) => IntrinsicMath.Clamp(value, min, max);

    public static long Clamp(long value, long min, long max) => IntrinsicMath.Clamp(value, min, max);

    public static ulong Clamp(ulong value, ulong min, ulong max) => IntrinsicMath.Clamp(value, min, max);

    public static float Clamp(float value, float min, float max) => IntrinsicMath.Clamp(value, min, max);

    public static double Clamp(double value, double min, double max) => IntrinsicMath.Clamp(value, min, max);

    public static int DivRoundUp(int numerator, int denominator) => IntrinsicMath.DivRoundUp(numerator, denominator);

    public static long DivRoundUp(long numerator, long denominator) => IntrinsicMath.DivRoundUp(numerator, denominator);

    public static int DivRoundDown(int numerator, int denominator) => IntrinsicMath.DivRoundDown(numerator, denominator);

    public static long DivRoundDown(long numerator, long denominator) => IntrinsicMath.DivRoundDown(numerator, denominator);
}
