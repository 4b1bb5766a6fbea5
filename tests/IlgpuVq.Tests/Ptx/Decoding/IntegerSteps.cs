using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

internal interface IIntegerUnary
{
    static abstract T Apply<T>(T a)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

internal interface IIntegerBinary
{
    static abstract T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

internal interface IIntegerTernary
{
    static abstract T Apply<T>(T a, T b, T c)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>Operators of integers, for the type that an instruction names.</summary>
internal static class IntegerSteps
{
    public static Step Unary<TOperator>(InstructionReader reader, PtxType type)
        where TOperator : struct, IIntegerUnary
    {
        reader.EndModifiers();
        var (d, a) = (reader.Destination(type), reader.Source(type));
        return type.Name switch
        {
            "b16" or "u16" => new UnaryStep<Of<TOperator, ushort>, ushort, ushort>(d, a),
            "s16" => new UnaryStep<Of<TOperator, short>, short, short>(d, a),
            "b32" or "u32" => new UnaryStep<Of<TOperator, uint>, uint, uint>(d, a),
            "s32" => new UnaryStep<Of<TOperator, int>, int, int>(d, a),
            "b64" or "u64" => new UnaryStep<Of<TOperator, ulong>, ulong, ulong>(d, a),
            _ => new UnaryStep<Of<TOperator, long>, long, long>(d, a),
        };
    }

    public static Step Binary<TOperator>(InstructionReader reader, PtxType type)
        where TOperator : struct, IIntegerBinary
    {
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(type));
        return type.Name switch
        {
            "b16" or "u16" => new BinaryStep<OfTwo<TOperator, ushort>, ushort, ushort, ushort>(d, a, b),
            "s16" => new BinaryStep<OfTwo<TOperator, short>, short, short, short>(d, a, b),
            "b32" or "u32" => new BinaryStep<OfTwo<TOperator, uint>, uint, uint, uint>(d, a, b),
            "s32" => new BinaryStep<OfTwo<TOperator, int>, int, int, int>(d, a, b),
            "b64" or "u64" => new BinaryStep<OfTwo<TOperator, ulong>, ulong, ulong, ulong>(d, a, b),
            _ => new BinaryStep<OfTwo<TOperator, long>, long, long, long>(d, a, b),
        };
    }

    public static Step Ternary<TOperator>(InstructionReader reader, PtxType type)
        where TOperator : struct, IIntegerTernary
    {
        reader.EndModifiers();
        var (d, a, b, c) = (reader.Destination(type), reader.Source(type), reader.Source(type), reader.Source(type));
        return type.Name switch
        {
            "b16" or "u16" => new TernaryStep<OfThree<TOperator, ushort>, ushort, ushort, ushort, ushort>(d, a, b, c),
            "s16" => new TernaryStep<OfThree<TOperator, short>, short, short, short, short>(d, a, b, c),
            "b32" or "u32" => new TernaryStep<OfThree<TOperator, uint>, uint, uint, uint, uint>(d, a, b, c),
            "s32" => new TernaryStep<OfThree<TOperator, int>, int, int, int, int>(d, a, b, c),
            "b64" or "u64" => new TernaryStep<OfThree<TOperator, ulong>, ulong, ulong, ulong, ulong>(d, a, b, c),
            _ => new TernaryStep<OfThree<TOperator, long>, long, long, long, long>(d, a, b, c),
        };
    }

    private readonly struct Of<TOperator, T> : IUnary<T, T>
        where TOperator : struct, IIntegerUnary
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Apply(T a) => TOperator.Apply(a);
    }

    private readonly struct OfTwo<TOperator, T> : IBinary<T, T, T>
        where TOperator : struct, IIntegerBinary
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Apply(T a, T b) => TOperator.Apply(a, b);
    }

    private readonly struct OfThree<TOperator, T> : ITernary<T, T, T, T>
        where TOperator : struct, IIntegerTernary
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static T Apply(T a, T b, T c) => TOperator.Apply(a, b, c);
    }
}
