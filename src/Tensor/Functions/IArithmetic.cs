namespace IlgpuVq.Tensors.Functions;

/// <summary>What formulas need of a number, or of several side by side: <see cref="ScalarArithmetic"/> in kernels,
/// <see cref="VectorArithmetic"/> and <see cref="NarrowArithmetic"/> in host code.</summary>
/// <remarks>
/// <para>The four operations round correctly. OpenCL alone allows a device less: a division off by 2.5 ulp, and 0 for numbers
/// below the normal ones. A product may be rounded before something is added to it or not; that is the device's choice.</para>
/// <para>These are functions, not operators of a structure around T: of such, the compiler keeps no constants in registers over a
/// loop, which costs a third of the speed of eˣ.</para>
/// </remarks>
internal interface IArithmetic<T>
    where T : struct
{
    static abstract T Of(float value);

    static abstract T Add(T a, T b);

    static abstract T Subtract(T a, T b);

    static abstract T Multiply(T a, T b);

    static abstract T Divide(T a, T b);

    static abstract T Negate(T x);

    /// <summary><c>a·b + c</c>.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    static abstract T Abs(T x);

    /// <summary>−|x|.</summary>
    static abstract T MinusAbs(T x);

    /// <summary><c>min(x, limit)</c>; NaN stays NaN.</summary>
    static abstract T AtMost(T x, T limit);

    /// <summary><c>max(x, limit)</c>; NaN stays NaN.</summary>
    static abstract T AtLeast(T x, T limit);

    /// <summary><paramref name="then"/> where a &lt; b, else, also for NaN, <paramref name="otherwise"/>.</summary>
    static abstract T IfLess(T a, T b, T then, T otherwise);

    /// <summary>x with the sign bit of another number.</summary>
    static abstract T WithSign(T x, T sign);

    /// <summary>The nearest whole number; |x| &lt; 2²².</summary>
    static abstract T Round(T x);

    /// <summary>The first 12 bits of the mantissa, whose square is exact.</summary>
    static abstract T High(T x);

    /// <summary><c>x·2ⁿ</c> for x near 1 and whole numbers n of [−252, 254], rounded once.</summary>
    static abstract T Scale(T x, T n);

    /// <summary>A positive number as (1 + fraction)·2ⁿ with √½ ≤ 1 + fraction &lt; √2; both are exact.</summary>
    /// <remarks>The exponent of 0 is −∞, that of ∞ is ∞; the fraction of negative numbers and of NaN is NaN.</remarks>
    static abstract (T Fraction, T Exponent) Split(T x);
}
