using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Functions;

/// <summary>Of the sixteen numbers of a vector of AVX-512; narrower processors take <see cref="NarrowArithmetic"/>.</summary>
internal readonly struct VectorArithmetic : IArithmetic<Vector512<float>>
{
    /// <summary>vgetmant: from 1 to 2 (bits 0 and 1), NaN of a negative number (bits 2 and 3).</summary>
    private const byte MantissaSignIsPositive = 0b1000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Negate(Vector512<float> x) => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        FusedArithmetic.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> x) => Vector512.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MinusAbs(Vector512<float> x) => x | Vector512.Create(FloatBits.SignMask).AsSingle();

    // The second operand is the result where it is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AtMost(Vector512<float> x, Vector512<float> limit) => Vector512.MinNative(limit, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AtLeast(Vector512<float> x, Vector512<float> limit) => Vector512.MaxNative(limit, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> IfLess(
        Vector512<float> a, Vector512<float> b, Vector512<float> then, Vector512<float> otherwise) =>
        Vector512.ConditionalSelect(Vector512.LessThan(a, b), then, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WithSign(Vector512<float> x, Vector512<float> sign) =>
        Vector512.ConditionalSelect(Vector512.Create(FloatBits.SignMask).AsSingle(), sign, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> x) => Vector512.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> High(Vector512<float> x) => x & Vector512.Create(FloatBits.HighMask).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Scale(Vector512<float> x, Vector512<float> n) => Avx512F.Scale(x, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Fraction, Vector512<float> Exponent) Split(Vector512<float> x)
    {
        // Between 1 and 2; negative numbers give NaN.
        var mantissa = Avx512F.GetMantissa(x, MantissaSignIsPositive);
        var isUpper = Vector512.GreaterThanOrEqual(mantissa, Vector512.Create(2 * FloatBits.RootOfHalf));
        var reduced = Vector512.ConditionalSelect(isUpper, mantissa * Vector512.Create(0.5f), mantissa);
        var exponent = Avx512F.GetExponent(x);
        return (
            reduced - Vector512<float>.One,
            Vector512.ConditionalSelect(isUpper, exponent + Vector512<float>.One, exponent));
    }
}
