using ILGPU.Algorithms;
using ILGPU.Util;

namespace IlgpuVq.Tensors.Functions;

/// <summary>One number: the lane of kernels.</summary>
internal readonly struct ScalarLane(float x) : ILane<ScalarLane>
{
    public readonly float X = x;

    public static implicit operator ScalarLane(float value) => new(value);

    public static ScalarLane operator +(ScalarLane a, ScalarLane b) => new(a.X + b.X);

    public static ScalarLane operator +(ScalarLane a, float b) => new(a.X + b);

    public static ScalarLane operator -(ScalarLane a, ScalarLane b) => new(a.X - b.X);

    public static ScalarLane operator -(ScalarLane a, float b) => new(a.X - b);

    public static ScalarLane operator -(float a, ScalarLane b) => new(a - b.X);

    public static ScalarLane operator -(ScalarLane x) => new(-x.X);

    public static ScalarLane operator *(ScalarLane a, ScalarLane b) => new(a.X * b.X);

    public static ScalarLane operator *(float a, ScalarLane b) => new(a * b.X);

    public static ScalarLane operator /(ScalarLane a, ScalarLane b) => new(a.X / b.X);

    public static ScalarLane Abs(ScalarLane x) => new(XMath.Abs(x.X));

    public static ScalarLane Max(ScalarLane a, ScalarLane b) => new(Utilities.Select(a.X > b.X || XMath.IsNaN(a.X), a.X, b.X));

    public static ScalarLane Min(ScalarLane a, ScalarLane b) => new(Utilities.Select(a.X < b.X || XMath.IsNaN(a.X), a.X, b.X));

    public static ScalarLane Sqrt(ScalarLane x) => new(XMath.Sqrt(x.X));

    public static ScalarLane Round(ScalarLane x) => new(ScalarArithmetic.Round(x.X));

    public static ScalarLane Exp(ScalarLane x) => new(ElementaryFunctions.Exp(x.X));

    public static ScalarLane Expm1(ScalarLane x) => new(ElementaryFunctions.Expm1(x.X));

    public static ScalarLane Log(ScalarLane x) => new(ElementaryFunctions.Log(x.X));

    public static ScalarLane Log1p(ScalarLane x) => new(ElementaryFunctions.Log1p(x.X));

    public static ScalarLane Tanh(ScalarLane x) => new(ElementaryFunctions.Tanh(x.X));

    public static ScalarLane Sigmoid(ScalarLane x) => new(ElementaryFunctions.Sigmoid(x.X));

    public static (ScalarLane Distribution, ScalarLane Density) Normal(ScalarLane x)
    {
        var (distribution, density) = ElementaryFunctions.Normal(x.X);
        return (new(distribution), new(density));
    }

    public static (ScalarLane Sine, ScalarLane Cosine) SinCosOfTurn(ScalarLane x)
    {
        var (sine, cosine) = ElementaryFunctions.SinCosOfTurn(x.X);
        return (new(sine), new(cosine));
    }

    public static ScalarLane IfLess(ScalarLane a, ScalarLane b, ScalarLane then, ScalarLane otherwise) =>
        new(Utilities.Select(a.X < b.X, then.X, otherwise.X));

    public static ScalarLane IfGreater(ScalarLane a, ScalarLane b, ScalarLane then, ScalarLane otherwise) =>
        new(Utilities.Select(a.X > b.X, then.X, otherwise.X));

    public static ScalarLane IfEqual(ScalarLane a, ScalarLane b, ScalarLane then, ScalarLane otherwise) =>
        new(Utilities.Select(a.X == b.X, then.X, otherwise.X));
}
