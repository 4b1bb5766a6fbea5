using System.Runtime.Intrinsics;
using ILGPU.Algorithms;

namespace IlgpuVq.Tensors.Primitives;

/// <summary><c>a + b</c>.</summary>
public readonly struct AddOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a + b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a + b;
}

/// <summary><c>a − b</c>.</summary>
public readonly struct SubtractOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a - b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a - b;
}

/// <summary><c>a·b</c>.</summary>
public readonly struct MultiplyOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a * b;
}

/// <summary><c>a / b</c>; ±∞ or NaN where b is 0.</summary>
public readonly struct DivideOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a / b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a / b;
}

/// <summary>The larger of a and b, b where they are equal; NaN where either is.</summary>
public readonly struct MaximumOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a > b || XMath.IsNaN(a) ? a : b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, b) | Vector512.IsNaN(a), a, b);
}

/// <summary>The smaller of a and b, b where they are equal; NaN where either is.</summary>
public readonly struct MinimumOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a < b || XMath.IsNaN(a) ? a : b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.LessThan(a, b) | Vector512.IsNaN(a), a, b);
}

/// <summary><c>a + alpha·b</c>, rounded after each of the two operations.</summary>
public readonly struct ScaledAddOperator(float alpha) : IBinaryOperator
{
    public float Apply(float a, float b) => a + alpha * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a + Vector512.Create(alpha) * b;
}

/// <summary><c>decay·a + (1 − decay)·b</c>: one step of an exponential moving average a towards b.</summary>
public readonly struct LerpOperator(float decay) : IBinaryOperator
{
    public float Apply(float a, float b) => decay * a + (1 - decay) * b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) =>
        Vector512.Create(decay) * a + Vector512.Create(1 - decay) * b;
}
