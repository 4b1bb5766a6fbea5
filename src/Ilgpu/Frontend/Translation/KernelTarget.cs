using ILGPU.IR;
using ILGPU.Runtime;

namespace ILGPU.Frontend.Translation;

/// <summary>What kernels can ask about the accelerator, constants in their code; and what its language has.</summary>
/// <param name="Type">The kind of accelerator.</param>
/// <param name="WarpSize">Threads of a warp.</param>
/// <param name="FastMath">Approximations of functions in 32 bits are taken where the device has them.</param>
internal readonly record struct KernelTarget(AcceleratorType Type, int WarpSize, bool FastMath = false)
{
    /// <summary>Floats have the operator %.</summary>
    public bool HasFloatRemainder => Type != AcceleratorType.Cuda;

    /// <summary>The device has the function; others are those of <see cref="Algorithms.DeviceMath"/>.</summary>
    /// <param name="function">The function.</param>
    /// <param name="kind">What it is applied to.</param>
    public bool HasMath(MathFunction function, ValueKind kind) =>
        Type != AcceleratorType.Cuda || IsExact(function) ||
        (FastMath && kind == ValueKind.Float32 && HasApproximation(function));

    /// <summary>Functions that PTX has with results that are exact or rounded correctly, in 32 and 64 bits.</summary>
    private static bool IsExact(MathFunction function) => function
        is MathFunction.Abs
        or MathFunction.Sqrt
        or MathFunction.FusedMultiplyAdd
        or MathFunction.Min
        or MathFunction.Max
        or MathFunction.MinUnsigned
        or MathFunction.MaxUnsigned
        or MathFunction.Floor
        or MathFunction.Ceiling
        or MathFunction.Truncate
        or MathFunction.Round
        or MathFunction.CopySign
        or MathFunction.PopCount
        or MathFunction.LeadingZeroCount
        or MathFunction.TrailingZeroCount
        or MathFunction.MultiplyHigh
        or MathFunction.MultiplyHighUnsigned
        or MathFunction.HalfToFloat
        or MathFunction.FloatToHalf
        or MathFunction.DoubleToHalf;

    /// <summary>Functions that PTX has as <c>.approx</c>, in 32 bits, or as a product with one of those.</summary>
    private static bool HasApproximation(MathFunction function) => function
        is MathFunction.Exp
        or MathFunction.Exp2
        or MathFunction.Log
        or MathFunction.Log2
        or MathFunction.Sin
        or MathFunction.Cos
        or MathFunction.Tanh
        or MathFunction.ReciprocalSqrt;
}
