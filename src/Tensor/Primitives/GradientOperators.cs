using System.Runtime.Intrinsics;
using ILGPU.Util;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Primitives;

// dX from what an element-wise op saved, its input x or its result y, and dY. Products round after each factor, in the order
// written.

/// <summary>dX of max(x, 0) from y and dY: 0 where y ≤ 0, so also at the kink. Right for a ReLU fused into another op.</summary>
public readonly struct ReluGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a <= 0 ? 0 : b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a, Vector512<float>.Zero), Vector512<float>.Zero, b);
}

/// <summary>dX of a leaky ReLU from x and dY: <c>slope·dY</c> at the kink.</summary>
public readonly struct LeakyReluGradientOperator(float slope) : IBinaryOperator
{
    public float Apply(float a, float b) => a > 0 ? b : slope * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512<float>.Zero), b, Vector512.Create(slope) * b);
}

/// <summary>dX of ELU from x and dY: <c>alpha·eˣ·dY</c> for x ≤ 0.</summary>
public readonly struct EluGradientOperator(float alpha) : IBinaryOperator
{
    public float Apply(float a, float b) => Utilities.Select(a > 0, b, alpha * ElementaryFunctions.Exp(a) * b);

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => Vector512.ConditionalSelect(
        Vector512.GreaterThan(a, Vector512<float>.Zero), b, Vector512.Create(alpha) * ElementaryFunctions.Exp(a) * b);
}

/// <summary>dX of tanh from y and dY: <c>(1 − y²)·dY</c>.</summary>
public readonly struct TanhGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => (1 - a * a) * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => (Vector512<float>.One - a * a) * b;
}

/// <summary>dX of σ from y and dY: <c>y·(1 − y)·dY</c>.</summary>
public readonly struct SigmoidGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a * (1 - a) * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a * (Vector512<float>.One - a) * b;
}

/// <summary>dX of x·σ(x) from x and dY: <c>σ·(1 + x·(1 − σ))·dY</c>; NaN at ±∞.</summary>
public readonly struct SiluGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b)
    {
        var s = ElementaryFunctions.Sigmoid(a);
        return s * (1 + a * (1 - s)) * b;
    }

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b)
    {
        var s = ElementaryFunctions.Sigmoid(a);
        return s * (Vector512<float>.One + a * (Vector512<float>.One - s)) * b;
    }
}

/// <summary>dX of the exact GELU from x and dY: <c>(Φ(x) + x·φ(x))·dY</c>; NaN at ±∞.</summary>
public readonly struct GeluGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b)
    {
        var (distribution, density) = ElementaryFunctions.Normal(a);
        return (distribution + a * density) * b;
    }

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b)
    {
        var (distribution, density) = ElementaryFunctions.Normal(a);
        return (distribution + a * density) * b;
    }
}

/// <summary>dX of softplus from x and dY: <c>σ(x)·dY</c>.</summary>
public readonly struct SoftplusGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => ElementaryFunctions.Sigmoid(a) * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => ElementaryFunctions.Sigmoid(a) * b;
}

/// <summary>dX of |x| from x and dY: 0 at the kink; NaN where x is.</summary>
public readonly struct AbsGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a > 0 ? b : a < 0 ? -b : a == 0 ? 0 : a;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b)
    {
        var zero = Vector512<float>.Zero;
        var flat = Vector512.ConditionalSelect(Vector512.Equals(a, zero), zero, a);
        var falling = Vector512.ConditionalSelect(Vector512.LessThan(a, zero), -b, flat);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(a, zero), b, falling);
    }
}

/// <summary>dX of x² from x and dY: <c>2·x·dY</c>.</summary>
public readonly struct SquareGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => 2 * a * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => Vector512.Create(2f) * a * b;
}

/// <summary>dX of √x from y and dY: <c>dY / (2·y)</c>; ±∞ or NaN at 0.</summary>
public readonly struct SqrtGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => b / (2 * a);

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => b / (Vector512.Create(2f) * a);
}

/// <summary>dX of log x from x and dY: <c>dY / x</c>; ±∞ or NaN at 0.</summary>
public readonly struct LogGradientOperator : IBinaryOperator
{
    public float Apply(float a, float b) => b / a;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => b / a;
}

/// <summary>dX of a clamp from x and dY: dY where min ≤ x ≤ max, both ends included, else 0.</summary>
public readonly struct ClampGradientOperator(float min, float max) : IBinaryOperator
{
    public float Apply(float a, float b) => a >= min && a <= max ? b : 0;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b)
    {
        var (low, high) = (Vector512.Create(min), Vector512.Create(max));
        var isInside = Vector512.GreaterThanOrEqual(a, low) & Vector512.LessThanOrEqual(a, high);
        return Vector512.ConditionalSelect(isInside, b, Vector512<float>.Zero);
    }
}
