using System.Runtime.Intrinsics;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;

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

/// <summary><c>x</c> where x &gt; 0, else <c>alpha·(eˣ − 1)</c>; relative error about 3e-7.</summary>
public readonly struct EluOperator(float alpha) : IUnaryOperator
{
    public float Apply(float x) => x > 0 ? x : alpha * ElementaryFunctions.Expm1(x);

    public Vector512<float> Apply(Vector512<float> x) => Vector512.ConditionalSelect(
        Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * ElementaryFunctions.Expm1(x));
}

/// <summary>tanh x; relative error about 4e-7.</summary>
public readonly struct TanhOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Tanh(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Tanh(x);
}

/// <summary>σ(x) = <c>1 / (1 + e⁻ˣ)</c>; relative error about 2e-7.</summary>
public readonly struct SigmoidOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Sigmoid(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Sigmoid(x);
}

/// <summary><c>x·σ(x)</c>; relative error about 3e-7, NaN at −∞.</summary>
public readonly struct SiluOperator : IUnaryOperator
{
    public float Apply(float x) => x * ElementaryFunctions.Sigmoid(x);

    public Vector512<float> Apply(Vector512<float> x) => x * ElementaryFunctions.Sigmoid(x);
}

/// <summary><c>x·Φ(x)</c> with the normal distribution function, the exact GELU (arXiv:1606.08415); absolute error below
/// 1.5e-7·|x|, NaN at −∞.</summary>
public readonly struct GeluOperator : IUnaryOperator
{
    public float Apply(float x) => x * ElementaryFunctions.NormalDistribution(x);

    public Vector512<float> Apply(Vector512<float> x) => x * ElementaryFunctions.NormalDistribution(x);
}

/// <summary><c>log(1 + eˣ)</c> without overflow; relative error about 3e-7.</summary>
public readonly struct SoftplusOperator : IUnaryOperator
{
    public float Apply(float x) => (x < 0 ? 0 : x) + ElementaryFunctions.Log1p(XMath.Exp(x < 0 ? x : -x));

    public Vector512<float> Apply(Vector512<float> x)
    {
        var positive = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);
        return positive + ElementaryFunctions.Log1p(HostFunctions.Exp(-Vector512.Abs(x)));
    }
}
