using System.Runtime.Intrinsics;
using ILGPU.Util;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Primitives;

/// <summary><c>max(x, 0)</c>; NaN stays NaN.</summary>
public readonly struct ReluOperator : IUnaryOperator
{
    public float Apply(float x) => x < 0 ? 0 : x;

    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);
}

/// <summary><c>x</c> where x &gt; 0, else <c>slope·x</c>.</summary>
public readonly struct LeakyReluOperator(float slope) : IUnaryOperator
{
    public float Apply(float x) => x > 0 ? x : slope * x;

    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(slope) * x);
}

/// <summary><c>x</c> where x &gt; 0, else <c>alpha·(eˣ − 1)</c>, within 2 ulp before it is multiplied.</summary>
public readonly struct EluOperator(float alpha) : IUnaryOperator
{
    // Selected, not branched to: the threads of a warp stay together.
    public float Apply(float x) => Utilities.Select(x > 0, x, alpha * ElementaryFunctions.Expm1(x));

    public Vector512<float> Apply(Vector512<float> x) => Vector512.ConditionalSelect(
        Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * ElementaryFunctions.Expm1(x));
}

/// <summary>tanh x, within 2 ulp.</summary>
public readonly struct TanhOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Tanh(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Tanh(x);
}

/// <summary>σ(x) = <c>1 / (1 + e⁻ˣ)</c>, within 2.5 ulp.</summary>
public readonly struct SigmoidOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Sigmoid(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Sigmoid(x);
}

/// <summary><c>x·σ(x)</c>, within 3.5 ulp; NaN at −∞.</summary>
public readonly struct SiluOperator : IUnaryOperator
{
    public float Apply(float x) => x * ElementaryFunctions.Sigmoid(x);

    public Vector512<float> Apply(Vector512<float> x) => x * ElementaryFunctions.Sigmoid(x);
}

/// <summary><c>x·Φ(x)</c> with the normal distribution function, the exact GELU (arXiv:1606.08415), within 7 ulp: a relative
/// error of 7e-7 also far below 0. NaN at −∞.</summary>
public readonly struct GeluOperator : IUnaryOperator
{
    public float Apply(float x) => x * ElementaryFunctions.Normal(x).Distribution;

    public Vector512<float> Apply(Vector512<float> x) => x * ElementaryFunctions.Normal(x).Distribution;
}

/// <summary><c>log(1 + eˣ)</c> without overflow, within 2.5 ulp.</summary>
public readonly struct SoftplusOperator : IUnaryOperator
{
    public float Apply(float x) => (x < 0 ? 0 : x) + ElementaryFunctions.Log1p(ElementaryFunctions.Exp(x < 0 ? x : -x));

    public Vector512<float> Apply(Vector512<float> x)
    {
        var positive = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);
        return positive + ElementaryFunctions.Log1p(ElementaryFunctions.Exp(-Vector512.Abs(x)));
    }
}
