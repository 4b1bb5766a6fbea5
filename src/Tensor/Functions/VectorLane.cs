using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Functions;

/// <summary>The sixteen numbers of a vector: the lane of host code.</summary>
internal readonly struct VectorLane(Vector512<float> x) : ILane<VectorLane>
{
    public readonly Vector512<float> X = x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator VectorLane(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator +(VectorLane a, VectorLane b) => new(a.X + b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator +(VectorLane a, float b) => new(a.X + Vector512.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator -(VectorLane a, VectorLane b) => new(a.X - b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator -(VectorLane a, float b) => new(a.X - Vector512.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator -(float a, VectorLane b) => new(Vector512.Create(a) - b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator -(VectorLane x) => new(-x.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator *(VectorLane a, VectorLane b) => new(a.X * b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator *(float a, VectorLane b) => new(Vector512.Create(a) * b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane operator /(VectorLane a, VectorLane b) => new(a.X / b.X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Abs(VectorLane x) => new(Vector512.Abs(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Max(VectorLane a, VectorLane b) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a.X, b.X) | Vector512.IsNaN(a.X), a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Min(VectorLane a, VectorLane b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.X, b.X) | Vector512.IsNaN(a.X), a.X, b.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Sqrt(VectorLane x) => new(Vector512.Sqrt(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Round(VectorLane x) =>
        new(x.X + Vector512.Create(FloatBits.WholeNumbers) - Vector512.Create(FloatBits.WholeNumbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Exp(VectorLane x) => new(ElementaryFunctions.Exp(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Expm1(VectorLane x) => new(ElementaryFunctions.Expm1(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Log(VectorLane x) => new(ElementaryFunctions.Log(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Log1p(VectorLane x) => new(ElementaryFunctions.Log1p(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Tanh(VectorLane x) => new(ElementaryFunctions.Tanh(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane Sigmoid(VectorLane x) => new(ElementaryFunctions.Sigmoid(x.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (VectorLane Distribution, VectorLane Density) Normal(VectorLane x)
    {
        var (distribution, density) = ElementaryFunctions.Normal(x.X);
        return (new(distribution), new(density));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (VectorLane Sine, VectorLane Cosine) SinCosOfTurn(VectorLane x)
    {
        var (sine, cosine) = ElementaryFunctions.SinCosOfTurn(x.X);
        return (new(sine), new(cosine));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane IfLess(VectorLane a, VectorLane b, VectorLane then, VectorLane otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.X, b.X), then.X, otherwise.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane IfGreater(VectorLane a, VectorLane b, VectorLane then, VectorLane otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a.X, b.X), then.X, otherwise.X));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLane IfEqual(VectorLane a, VectorLane b, VectorLane then, VectorLane otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a.X, b.X), then.X, otherwise.X));
}
