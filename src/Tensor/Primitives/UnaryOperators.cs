using System.Runtime.Intrinsics;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Primitives;

/// <summary><c>scale·x + shift</c>, rounded after each of the two operations.</summary>
public readonly struct AffineOperator(float scale, float shift) : IUnaryOperator
{
    public float Apply(float x) => scale * x + shift;

    public Vector512<float> Apply(Vector512<float> x) => Vector512.Create(scale) * x + Vector512.Create(shift);
}

/// <summary><c>eˣ</c>, within 2 ulp.</summary>
public readonly struct ExpOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Exp(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Exp(x);
}

/// <summary>Natural logarithm: −∞ at 0, NaN below; within 2 ulp.</summary>
public readonly struct LogOperator : IUnaryOperator
{
    public float Apply(float x) => ElementaryFunctions.Log(x);

    public Vector512<float> Apply(Vector512<float> x) => ElementaryFunctions.Log(x);
}

/// <summary><c>√x</c>, correctly rounded, but within 3 ulp where OpenCL's rules are the device's; NaN below 0.</summary>
public readonly struct SqrtOperator : IUnaryOperator
{
    public float Apply(float x) => XMath.Sqrt(x);

    public Vector512<float> Apply(Vector512<float> x) => Vector512.Sqrt(x);
}

/// <summary><c>1 / x</c>; ±∞ at ±0.</summary>
public readonly struct ReciprocalOperator : IUnaryOperator
{
    public float Apply(float x) => 1 / x;

    public Vector512<float> Apply(Vector512<float> x) => Vector512<float>.One / x;
}

/// <summary><c>x²</c>.</summary>
public readonly struct SquareOperator : IUnaryOperator
{
    public float Apply(float x) => x * x;

    public Vector512<float> Apply(Vector512<float> x) => x * x;
}

/// <summary><c>|x|</c>.</summary>
public readonly struct AbsOperator : IUnaryOperator
{
    public float Apply(float x) => XMath.Abs(x);

    public Vector512<float> Apply(Vector512<float> x) => Vector512.Abs(x);
}

/// <summary><c>min(max(x, min), max)</c>; NaN stays NaN.</summary>
public readonly struct ClampOperator(float min, float max) : IUnaryOperator
{
    public float Apply(float x)
    {
        var raised = x < min ? min : x;
        return raised > max ? max : raised;
    }

    public Vector512<float> Apply(Vector512<float> x)
    {
        var (low, high) = (Vector512.Create(min), Vector512.Create(max));
        var raised = Vector512.ConditionalSelect(Vector512.LessThan(x, low), low, x);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(raised, high), high, raised);
    }
}

/// <summary>The nearest whole number, the even one of two; for |x| below 2²².</summary>
public readonly struct RoundOperator : IUnaryOperator
{
    /// <summary>1.5·2²³: sums of this size have no place for fractions.</summary>
    private const float WholeNumbers = 12582912;

    public float Apply(float x) => x + WholeNumbers - WholeNumbers;

    public Vector512<float> Apply(Vector512<float> x) => x + Vector512.Create(WholeNumbers) - Vector512.Create(WholeNumbers);
}
