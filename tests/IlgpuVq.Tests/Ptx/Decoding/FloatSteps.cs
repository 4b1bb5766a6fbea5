using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

internal interface IFloatUnary
{
    static abstract T Apply<T>(T a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

internal interface IFloatBinary
{
    static abstract T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

internal interface IFloatTernary
{
    static abstract T Apply<T>(T a, T b, T c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>Operators of floats, for the type that an instruction names, with its modes.</summary>
internal static class FloatSteps
{
    public static Step Unary<TOperator>(InstructionReader reader, PtxType type, bool flushes = false, bool saturates = false)
        where TOperator : struct, IFloatUnary
    {
        reader.EndModifiers();
        var (d, a) = (reader.Destination(type), reader.Source(type));
        return (type.Name, flushes, saturates) switch
        {
            ("f16", _, _) => new UnaryStep<Of<TOperator, Half>, Half, Half>(d, a),
            ("f64", _, _) => new UnaryStep<Of<TOperator, double>, double, double>(d, a),
            (_, false, false) => new UnaryStep<OfSingle<TOperator, PlainMode>, float, float>(d, a),
            (_, true, false) => new UnaryStep<OfSingle<TOperator, FlushMode>, float, float>(d, a),
            (_, false, true) => new UnaryStep<OfSingle<TOperator, SaturateMode>, float, float>(d, a),
            _ => new UnaryStep<OfSingle<TOperator, FlushSaturateMode>, float, float>(d, a),
        };
    }

    public static Step Binary<TOperator>(InstructionReader reader, PtxType type, bool flushes = false, bool saturates = false)
        where TOperator : struct, IFloatBinary
    {
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(type));
        return (type.Name, flushes, saturates) switch
        {
            ("f16", _, _) => new BinaryStep<OfTwo<TOperator, Half>, Half, Half, Half>(d, a, b),
            ("f64", _, _) => new BinaryStep<OfTwo<TOperator, double>, double, double, double>(d, a, b),
            (_, false, false) => new BinaryStep<OfTwoSingles<TOperator, PlainMode>, float, float, float>(d, a, b),
            (_, true, false) => new BinaryStep<OfTwoSingles<TOperator, FlushMode>, float, float, float>(d, a, b),
            (_, false, true) => new BinaryStep<OfTwoSingles<TOperator, SaturateMode>, float, float, float>(d, a, b),
            _ => new BinaryStep<OfTwoSingles<TOperator, FlushSaturateMode>, float, float, float>(d, a, b),
        };
    }

    public static Step Ternary<TOperator>(InstructionReader reader, PtxType type, bool flushes = false, bool saturates = false)
        where TOperator : struct, IFloatTernary
    {
        reader.EndModifiers();
        var (d, a, b, c) = (reader.Destination(type), reader.Source(type), reader.Source(type), reader.Source(type));
        return (type.Name, flushes, saturates) switch
        {
            ("f16", _, _) => new TernaryStep<OfThree<TOperator, Half>, Half, Half, Half, Half>(d, a, b, c),
            ("f64", _, _) => new TernaryStep<OfThree<TOperator, double>, double, double, double, double>(d, a, b, c),
            (_, false, false) => new TernaryStep<OfThreeSingles<TOperator, PlainMode>, float, float, float, float>(d, a, b, c),
            (_, true, false) => new TernaryStep<OfThreeSingles<TOperator, FlushMode>, float, float, float, float>(d, a, b, c),
            (_, false, true) => new TernaryStep<OfThreeSingles<TOperator, SaturateMode>, float, float, float, float>(d, a, b, c),
            _ => new TernaryStep<OfThreeSingles<TOperator, FlushSaturateMode>, float, float, float, float>(d, a, b, c),
        };
    }

    private readonly struct Of<TOperator, T> : IUnary<T, T>
        where TOperator : struct, IFloatUnary
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static T Apply(T a) => TOperator.Apply(a);
    }

    private readonly struct OfTwo<TOperator, T> : IBinary<T, T, T>
        where TOperator : struct, IFloatBinary
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b) => TOperator.Apply(a, b);
    }

    private readonly struct OfThree<TOperator, T> : ITernary<T, T, T, T>
        where TOperator : struct, IFloatTernary
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static T Apply(T a, T b, T c) => TOperator.Apply(a, b, c);
    }

    private readonly struct OfSingle<TOperator, TMode> : IUnary<float, float>
        where TOperator : struct, IFloatUnary
        where TMode : struct, IFloatMode
    {
        public static float Apply(float a) => FloatModes.Result<TMode>(TOperator.Apply(FloatModes.Operand<TMode>(a)));
    }

    private readonly struct OfTwoSingles<TOperator, TMode> : IBinary<float, float, float>
        where TOperator : struct, IFloatBinary
        where TMode : struct, IFloatMode
    {
        public static float Apply(float a, float b) =>
            FloatModes.Result<TMode>(TOperator.Apply(FloatModes.Operand<TMode>(a), FloatModes.Operand<TMode>(b)));
    }

    private readonly struct OfThreeSingles<TOperator, TMode> : ITernary<float, float, float, float>
        where TOperator : struct, IFloatTernary
        where TMode : struct, IFloatMode
    {
        public static float Apply(float a, float b, float c) => FloatModes.Result<TMode>(
            TOperator.Apply(FloatModes.Operand<TMode>(a), FloatModes.Operand<TMode>(b), FloatModes.Operand<TMode>(c)));
    }
}
