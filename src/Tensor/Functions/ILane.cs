namespace IlgpuVq.Tensors.Functions;

/// <summary>What an element-wise function is written over: one number in a kernel, sixteen side by side in host code,
/// or either together with a derivative.</summary>
/// <remarks>
/// <para>A function is written once, with operators and the functions here, and is then its kernel, its vector form and,
/// where it does not state a cheaper one, its gradient.</para>
/// <para>Operators that take a float are there for constants: they compute what the same operator on two lanes does,
/// and compilers keep such constants in registers over a loop.</para>
/// <para>NaN is neither less than nor greater than nor equal to anything.</para>
/// </remarks>
/// <typeparam name="T">The lane itself.</typeparam>
public interface ILane<T>
    where T : struct, ILane<T>
{
    /// <summary>A constant.</summary>
    static abstract implicit operator T(float value);

    /// <summary>a + b, rounded.</summary>
    static abstract T operator +(T a, T b);

    /// <inheritdoc cref="op_Addition(T, T)"/>
    static abstract T operator +(T a, float b);

    /// <summary>a − b, rounded.</summary>
    static abstract T operator -(T a, T b);

    /// <inheritdoc cref="op_Subtraction(T, T)"/>
    static abstract T operator -(T a, float b);

    /// <inheritdoc cref="op_Subtraction(T, T)"/>
    static abstract T operator -(float a, T b);

    /// <summary>−x.</summary>
    static abstract T operator -(T x);

    /// <summary>a·b, rounded.</summary>
    static abstract T operator *(T a, T b);

    /// <inheritdoc cref="op_Multiply(T, T)"/>
    static abstract T operator *(float a, T b);

    /// <summary>a / b, rounded, but within 2.5 ulp where OpenCL's rules are the device's.</summary>
    static abstract T operator /(T a, T b);

    /// <summary>|x|; its derivative is 0 at the kink.</summary>
    static abstract T Abs(T x);

    /// <summary>The larger of a and b, b where they are equal; NaN where either is.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The smaller of a and b, b where they are equal; NaN where either is.</summary>
    static abstract T Min(T a, T b);

    /// <summary>√x, rounded, but within 3 ulp where OpenCL's rules are the device's; NaN below 0.</summary>
    static abstract T Sqrt(T x);

    /// <summary>The nearest whole number, the even one of two, for |x| below 2²²; its derivative is 0.</summary>
    static abstract T Round(T x);

    /// <summary>eˣ, within 2 ulp.</summary>
    static abstract T Exp(T x);

    /// <summary>eˣ − 1, within 2 ulp.</summary>
    static abstract T Expm1(T x);

    /// <summary>ln x, within 2 ulp: −∞ at 0, NaN below.</summary>
    static abstract T Log(T x);

    /// <summary>ln(1 + x) for x of [0, 1], within 2 ulp.</summary>
    static abstract T Log1p(T x);

    /// <summary>tanh x, within 2 ulp.</summary>
    static abstract T Tanh(T x);

    /// <summary>1 / (1 + e⁻ˣ), within 2.5 ulp.</summary>
    static abstract T Sigmoid(T x);

    /// <summary>Distribution function Φ(x) and density φ(x) of the standard normal; Φ within 6 ulp, also far below 0.</summary>
    static abstract (T Distribution, T Density) Normal(T x);

    /// <summary>sin 2πx and cos 2πx of a part of a turn, |x| ≤ ½; within 2 ulp.</summary>
    static abstract (T Sine, T Cosine) SinCosOfTurn(T x);

    /// <summary><paramref name="then"/> where a is less than b, else, also for NaN, <paramref name="otherwise"/>.</summary>
    static abstract T IfLess(T a, T b, T then, T otherwise);

    /// <summary><paramref name="then"/> where a is greater than b, else, also for NaN, <paramref name="otherwise"/>.</summary>
    static abstract T IfGreater(T a, T b, T then, T otherwise);

    /// <summary><paramref name="then"/> where a equals b, else, also for NaN, <paramref name="otherwise"/>.</summary>
    static abstract T IfEqual(T a, T b, T then, T otherwise);
}
