using System.Numerics;

namespace ILGPU;

/// <summary>The mathematical functions that every device has of its own.</summary>
public static class IntrinsicMath
{
    public static int Abs(int value) => value < 0 ? unchecked(-value) : value;

    public static long Abs(long value) => value < 0 ? unchecked(-value) : value;

    public static float Abs(float value) => Math.Abs(value);

    public static double Abs(double value) => Math.Abs(value);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static uint Min(uint first, uint second) => Math.Min(first, second);

    public static long Min(long first, long second) => Math.Min(first, second);

    public static ulong Min(ulong first, ulong second) => Math.Min(first, second);

    public static float Min(float first, float second) => Math.Min(first, second);

    public static double Min(double first, double second) => Math.Min(first, second);

    public static int Max(int first, int second) => Math.Max(first, second);

    public static uint Max(uint first, uint second) => Math.Max(first, second);

    public static long Max(long first, long second) => Math.Max(first, second);

    public static ulong Max(ulong first, ulong second) => Math.Max(first, second);

    public static float Max(float first, float second) => Math.Max(first, second);

    public static double Max(double first, double second) => Math.Max(first, second);

    /// <summary>The value, but at least <paramref name="min"/> and at most <paramref name="max"/>.</summary>
    public static int Clamp(int value, int min, int max) => Max(Min(value, max), min);

    /// <inheritdoc cref="Clamp(int, int, int)"/>
    public static uint Clamp(uint value, uint min, uint max) => Max(Min(value, max), min);

    /// <inheritdoc cref="Clamp(int, int, int)"/>
    public static long Clamp(long value, long min, long max) => Max(Min(value, max), min);

    /// <inheritdoc cref="Clamp(int, int, int)"/>
    public static ulong Clamp(ulong value, ulong min, ulong max) => Max(Min(value, max), min);

    /// <inheritdoc cref="Clamp(int, int, int)"/>
    public static float Clamp(float value, float min, float max) => Max(Min(value, max), min);

    /// <inheritdoc cref="Clamp(int, int, int)"/>
    public static double Clamp(double value, double min, double max) => Max(Min(value, max), min);

    /// <summary>Division rounded up, of a numerator of at least 0.</summary>
    public static int DivRoundUp(int numerator, int denominator) => (numerator + denominator - 1) / denominator;

    /// <inheritdoc cref="DivRoundUp(int, int)"/>
    public static long DivRoundUp(long numerator, long denominator) => (numerator + denominator - 1) / denominator;

    /// <summary>Division rounded down, of a numerator of at least 0.</summary>
    public static int DivRoundDown(int numerator, int denominator) => numerator / denominator;

    /// <inheritdoc cref="DivRoundDown(int, int)"/>
    public static long DivRoundDown(long numerator, long denominator) => numerator / denominator;

    public static bool IsPowerOf2(int value) => BitOperations.IsPow2(value);

    public static bool IsPowerOf2(long value) => BitOperations.IsPow2(value);

    /// <summary>The number of bits that are set.</summary>
    public static int PopCount(int value) => BitOperations.PopCount((uint)value);

    /// <inheritdoc cref="PopCount(int)"/>
    public static int PopCount(uint value) => BitOperations.PopCount(value);

    /// <inheritdoc cref="PopCount(int)"/>
    public static int PopCount(long value) => BitOperations.PopCount((ulong)value);

    /// <inheritdoc cref="PopCount(int)"/>
    public static int PopCount(ulong value) => BitOperations.PopCount(value);

    /// <summary>The number of zero bits above the highest bit that is set.</summary>
    public static int LeadingZeroCount(int value) => BitOperations.LeadingZeroCount((uint)value);

    /// <inheritdoc cref="LeadingZeroCount(int)"/>
    public static int LeadingZeroCount(uint value) => BitOperations.LeadingZeroCount(value);

    /// <inheritdoc cref="LeadingZeroCount(int)"/>
    public static int LeadingZeroCount(long value) => BitOperations.LeadingZeroCount((ulong)value);

    /// <inheritdoc cref="LeadingZeroCount(int)"/>
    public static int LeadingZeroCount(ulong value) => BitOperations.LeadingZeroCount(value);

    /// <summary>The number of zero bits below the lowest bit that is set.</summary>
    public static int TrailingZeroCount(int value) => BitOperations.TrailingZeroCount(value);

    /// <inheritdoc cref="TrailingZeroCount(int)"/>
    public static int TrailingZeroCount(uint value) => BitOperations.TrailingZeroCount(value);

    /// <inheritdoc cref="TrailingZeroCount(int)"/>
    public static int TrailingZeroCount(long value) => BitOperations.TrailingZeroCount(value);

    /// <inheritdoc cref="TrailingZeroCount(int)"/>
    public static int TrailingZeroCount(ulong value) => BitOperations.TrailingZeroCount(value);

    /// <summary>The magnitude of the first with the sign of the second.</summary>
    public static float CopySign(float magnitude, float sign) => MathF.CopySign(magnitude, sign);

    /// <inheritdoc cref="CopySign(float, float)"/>
    public static double CopySign(double magnitude, double sign) => Math.CopySign(magnitude, sign);
}
