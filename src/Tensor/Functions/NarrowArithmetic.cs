using System.Numerics;
using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <summary>Of as many numbers as a vector of the processor has, on processors without AVX-512.</summary>
internal readonly struct NarrowArithmetic : IArithmetic<Vector<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(float value) => Vector.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Add(Vector<float> a, Vector<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Subtract(Vector<float> a, Vector<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Multiply(Vector<float> a, Vector<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Divide(Vector<float> a, Vector<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Negate(Vector<float> x) => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) =>
        FusedArithmetic.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Abs(Vector<float> x) => Vector.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MinusAbs(Vector<float> x) => x | Vector.Create(FloatBits.SignMask).As<int, float>();

    // The second operand is the result where it is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> AtMost(Vector<float> x, Vector<float> limit) => Vector.MinNative(limit, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> AtLeast(Vector<float> x, Vector<float> limit) => Vector.MaxNative(limit, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> IfLess(Vector<float> a, Vector<float> b, Vector<float> then, Vector<float> otherwise) =>
        Vector.ConditionalSelect(Vector.LessThan(a, b), then, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> WithSign(Vector<float> x, Vector<float> sign) =>
        Vector.ConditionalSelect(Vector.Create(FloatBits.SignMask).As<int, float>(), sign, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Round(Vector<float> x) => Vector.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> High(Vector<float> x) => x & Vector.Create(FloatBits.HighMask).As<int, float>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Scale(Vector<float> x, Vector<float> n)
    {
        // In two steps, because n goes beyond a float's exponents at both ends.
        var exponent = Vector.ConvertToInt32Native(n);
        var half = exponent >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Fraction, Vector<float> Exponent) Split(Vector<float> x)
    {
        var isTiny = Vector.LessThan(x, Vector.Create(FloatBits.SmallestNormal));
        var scaled = Vector.ConditionalSelect(isTiny, x * Vector.Create(FloatBits.FractionScale), x);
        var root = Vector.Create(FloatBits.RootOfHalf).As<float, int>();
        var bits = scaled.As<float, int>() - root;
        var fraction = ((bits & Vector.Create(FloatBits.FractionMask)) + root).As<int, float>() - Vector<float>.One;
        var shift = isTiny & Vector.Create(FloatBits.FractionBits);
        var exponent = Vector.ConvertToSingle((bits >> FloatBits.FractionBits) - shift);
        var (zero, infinity) = (Vector<float>.Zero, Vector.Create(float.PositiveInfinity));
        exponent = Vector.ConditionalSelect(Vector.Equals(x, zero), -infinity, exponent);
        return (
            Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, zero), fraction, Vector.Create(float.NaN)),
            Vector.ConditionalSelect(Vector.Equals(x, infinity), x, exponent));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> exponent) =>
        ((exponent + Vector.Create(FloatBits.ExponentBias)) << FloatBits.FractionBits).As<int, float>();
}
