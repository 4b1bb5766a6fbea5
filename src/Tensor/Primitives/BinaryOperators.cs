using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Primitives;

/// <summary><c>a + b</c>.</summary>
public readonly struct AddOperator : IBinaryOperator
{
    public float Apply(float a, float b) => a + b;

    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a + b;
}
