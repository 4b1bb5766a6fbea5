using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Primitives;

/// <summary><c>max(x, 0)</c>; NaN stays NaN.</summary>
public readonly struct ReluOperator : IUnaryOperator
{
    public float Apply(float x) => x < 0 ? 0 : x;

    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);
}

/// <summary><c>scale·x + shift</c>, rounded after each of the two operations.</summary>
public readonly struct AffineOperator(float scale, float shift) : IUnaryOperator
{
    public float Apply(float x) => scale * x + shift;

    public Vector512<float> Apply(Vector512<float> x) => Vector512.Create(scale) * x + Vector512.Create(shift);
}
