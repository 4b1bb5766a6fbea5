namespace ILGPU.Algorithms;

/// <summary>Functions of numbers for devices that have none of their own: they are compiled into the kernel.</summary>
/// <remarks>
/// <para>The language is that of kernels. What is called is what every device has: + − · /, the root, fused multiply-add,
/// rounding, minimum, maximum, magnitude, sign and bits, all of them exact or rounded correctly. So results have the same bits
/// on every device and on the host, provided that numbers below the smallest normal one are not flushed to zero.</para>
/// <para>Functions on <see cref="float"/> work in <see cref="float"/>: most devices compute <see cref="double"/> at a fraction
/// of the speed. Both have the special values of IEEE 754-2019 (section 9.2), as <see cref="Math"/> has.</para>
/// <para>Methods have the names of <see cref="IR.MathFunction"/>, by which the translation of kernels finds them.</para>
/// <para>Polynomials are minimax approximations (Remez's exchange) whose coefficients are rounded to the type and then moved by
/// single units in the last place until none improves; the error stated is what that leaves, relative to the function.
/// Where the lowest coefficients are known (x in sin x) they are not part of the polynomial.</para>
/// <para>Names: a sum of two numbers has the part that rounding lost as <c>…Rest</c>; the exact error of a product is
/// fma(a, b, −a·b), that of a sum with |a| ≥ |b| is b − ((a + b) − a) (Dekker 1971).</para>
/// </remarks>
internal static partial class DeviceMath
{
    public static float ReciprocalSqrt(float x) => 1 / MathF.Sqrt(x);

    public static double ReciprocalSqrt(double x) => 1 / Math.Sqrt(x);

    /// <summary>The nearest integer, halves away from zero.</summary>
    public static float RoundAway(float x)
    {
        // x − truncated is exact. An infinity minus itself is NaN, which is not ≥ ½.
        var truncated = MathF.Truncate(x);
        return MathF.Abs(x - truncated) >= 0.5f ? truncated + MathF.CopySign(1, x) : truncated;
    }

    /// <inheritdoc cref="RoundAway(float)"/>
    public static double RoundAway(double x)
    {
        var truncated = Math.Truncate(x);
        return Math.Abs(x - truncated) >= 0.5 ? truncated + Math.CopySign(1, x) : truncated;
    }

    /// <summary>x · 2ⁿ, rounded once: of two factors the first leaves a normal number as long as x is about 1.</summary>
    private static float Scale(float x, int n)
    {
        var half = n >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <inheritdoc cref="Scale(float, int)"/>
    private static double Scale(double x, int n)
    {
        var half = n >> 1;
        return x * LongPowerOfTwo(half) * LongPowerOfTwo(n - half);
    }

    private static float PowerOfTwo(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);

    private static double LongPowerOfTwo(int n) => BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);
}
