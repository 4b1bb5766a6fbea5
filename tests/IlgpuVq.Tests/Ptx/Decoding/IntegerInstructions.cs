using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;
using Op = IlgpuVq.Tests.Ptx.Decoding.IntegerOperators;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Arithmetic of integers. Opcodes that floats share are told apart here.</summary>
internal static class IntegerInstructions
{
    private static readonly string[] Types = ["u16", "s16", "u32", "s32", "u64", "s64"];
    private static readonly string[] SignedTypes = ["s16", "s32", "s64"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("add", Or(FloatInstructions.Add, AddOrSubtract<Op.Add, Op.AddSaturated>)),
        ("sub", Or(FloatInstructions.Subtract, AddOrSubtract<Op.Subtract, Op.SubtractSaturated>)),
        ("mul", Or(FloatInstructions.Multiply, Multiply)),
        ("mad", Or(FloatInstructions.FusedMultiplyAdd, MultiplyAdd)),
        ("mul24", reader => reader.Expect("lo", "hi") == "lo"
            ? IntegerSteps.Binary<Op.Multiply24Low>(reader, reader.ExpectType("u32", "s32"))
            : IntegerSteps.Binary<Op.Multiply24High>(reader, reader.ExpectType("u32", "s32"))),
        ("mad24", reader => reader.Expect("lo", "hi") == "lo"
            ? IntegerSteps.Ternary<Op.Fused<Op.Multiply24Low, Op.Add>>(reader, reader.ExpectType("u32", "s32"))
            : IntegerSteps.Ternary<Op.Fused<Op.Multiply24High, Op.Add>>(reader, reader.ExpectType("u32", "s32"))),
        ("div", Or(FloatInstructions.Divide, reader => IntegerSteps.Binary<Op.Divide>(reader, reader.ExpectType(Types)))),
        ("rem", reader => IntegerSteps.Binary<Op.Remainder>(reader, reader.ExpectType(Types))),
        ("min", Or(FloatInstructions.Min, reader => IntegerSteps.Binary<Op.Min>(reader, reader.ExpectType(Types)))),
        ("max", Or(FloatInstructions.Max, reader => IntegerSteps.Binary<Op.Max>(reader, reader.ExpectType(Types)))),
        ("neg", Or(FloatInstructions.Negate, reader => IntegerSteps.Unary<Op.Negate>(reader, reader.ExpectType(SignedTypes)))),
        ("abs", Or(FloatInstructions.Abs, reader => IntegerSteps.Unary<Op.Abs>(reader, reader.ExpectType(SignedTypes)))),
        ("sad", reader => IntegerSteps.Ternary<Op.SumOfDifferences>(reader, reader.ExpectType(Types))),
        ("brev", reader => IntegerSteps.Unary<Op.ReverseBits>(reader, reader.ExpectType("b32", "b64"))),
        ("popc", reader => Count<PopCount32, PopCount64>(reader, reader.ExpectType("b32", "b64"))),
        ("clz", reader => Count<LeadingZeros32, LeadingZeros64>(reader, reader.ExpectType("b32", "b64"))),
        ("bfind", FindHighest),
        ("bfe", ExtractBits),
        ("bfi", InsertBits),
        ("dp4a", DotProduct),
    ];

    /// <summary>An opcode that both have.</summary>
    private static Decoder Or(Decoder ofFloats, Decoder ofIntegers) =>
        reader => IsFloat(reader) ? ofFloats(reader) : ofIntegers(reader);

    /// <summary>Whether the last modifier is a type of floats.</summary>
    private static bool IsFloat(InstructionReader reader) =>
        reader.Instruction.Modifiers is [.., var last] && PtxType.Find(last) is { IsFloat: true };

    private static Step AddOrSubtract<TOperator, TSaturated>(InstructionReader reader)
        where TOperator : struct, IIntegerBinary
        where TSaturated : struct, IIntegerBinary =>
        reader.Take("sat")
            ? IntegerSteps.Binary<TSaturated>(reader, reader.ExpectType("s32"))
            : IntegerSteps.Binary<TOperator>(reader, reader.ExpectType(Types));

    private static Step Multiply(InstructionReader reader) => reader.Expect("lo", "hi", "wide") switch
    {
        "lo" => IntegerSteps.Binary<Op.MultiplyLow>(reader, reader.ExpectType(Types)),
        "hi" => IntegerSteps.Binary<Op.MultiplyHigh>(reader, reader.ExpectType(Types)),
        _ => MultiplyWide(reader),
    };

    private static Step MultiplyAdd(InstructionReader reader)
    {
        switch (reader.Expect("lo", "hi", "wide"))
        {
            case "lo":
                return IntegerSteps.Ternary<Op.Fused<Op.MultiplyLow, Op.Add>>(reader, reader.ExpectType(Types));
            case "hi":
                return reader.Take("sat")
                    ? IntegerSteps.Ternary<Op.Fused<Op.MultiplyHigh, Op.AddSaturated>>(reader, reader.ExpectType("s32"))
                    : IntegerSteps.Ternary<Op.Fused<Op.MultiplyHigh, Op.Add>>(reader, reader.ExpectType(Types));
            default:
                return MultiplyAddWide(reader);
        }
    }

    private static Step MultiplyWide(InstructionReader reader)
    {
        var type = reader.ExpectType("u16", "s16", "u32", "s32");
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(Twice(type)), reader.Source(type), reader.Source(type));
        return type.Name switch
        {
            "u16" => new BinaryStep<Wide<ushort, uint>, ushort, ushort, uint>(d, a, b),
            "s16" => new BinaryStep<Wide<short, int>, short, short, int>(d, a, b),
            "u32" => new BinaryStep<Wide<uint, ulong>, uint, uint, ulong>(d, a, b),
            _ => new BinaryStep<Wide<int, long>, int, int, long>(d, a, b),
        };
    }

    private static Step MultiplyAddWide(InstructionReader reader)
    {
        var type = reader.ExpectType("u16", "s16", "u32", "s32");
        reader.EndModifiers();
        var (d, a) = (reader.Destination(Twice(type)), reader.Source(type));
        var (b, c) = (reader.Source(type), reader.Source(Twice(type)));
        return type.Name switch
        {
            "u16" => new TernaryStep<Wide<ushort, uint>, ushort, ushort, uint, uint>(d, a, b, c),
            "s16" => new TernaryStep<Wide<short, int>, short, short, int, int>(d, a, b, c),
            "u32" => new TernaryStep<Wide<uint, ulong>, uint, uint, ulong, ulong>(d, a, b, c),
            _ => new TernaryStep<Wide<int, long>, int, int, long, long>(d, a, b, c),
        };
    }

    private static PtxType Twice(PtxType type) => PtxType.Get(type.Name[..1] + (type.Bits * 2));

    /// <summary>An instruction whose result has 32 bits whatever its operand has.</summary>
    private static Step Count<TNarrow, TWide>(InstructionReader reader, PtxType type)
        where TNarrow : struct, IUnary<uint, uint>
        where TWide : struct, IUnary<ulong, uint>
    {
        reader.EndModifiers();
        var (d, a) = (reader.Destination(PtxType.Get("u32")), reader.Source(type));
        return type.Bytes == 4 ? new UnaryStep<TNarrow, uint, uint>(d, a) : new UnaryStep<TWide, ulong, uint>(d, a);
    }

    /// <summary>The number of the highest bit that differs from the sign; all ones if there is none.</summary>
    private static unsafe Step FindHighest(InstructionReader reader)
    {
        var asShift = reader.Take("shiftamt");
        var type = reader.ExpectType("u32", "s32", "u64", "s64");
        reader.EndModifiers();
        var (d, a) = (reader.Destination(PtxType.Get("u32")), reader.Source(type));
        return new LaneStep((warp, lane) =>
        {
            var value = type.Bytes == 4 ? warp.Register<uint>(a)[lane] : warp.Register<ulong>(a)[lane];
            var isNegative = type.IsSigned && (value >> (type.Bits - 1)) != 0;
            var digits = isNegative ? ~value & (ulong.MaxValue >> (64 - type.Bits)) : value;
            var highest = 63 - BitOperations.LeadingZeroCount(digits);
            warp.Register<uint>(d)[lane] = digits == 0 ? uint.MaxValue : (uint)(asShift ? type.Bits - 1 - highest : highest);
        });
    }

    /// <summary>b bits from c upwards, extended by their sign where the type has one.</summary>
    private static unsafe Step ExtractBits(InstructionReader reader)
    {
        var type = reader.ExpectType("u32", "s32", "u64", "s64");
        reader.EndModifiers();
        var (d, a) = (reader.Destination(type), reader.Source(type));
        var (b, c) = (reader.Source(PtxType.Get("u32")), reader.Source(PtxType.Get("u32")));
        return new LaneStep((warp, lane) =>
        {
            var value = type.Bytes == 4 ? warp.Register<uint>(a)[lane] : warp.Register<ulong>(a)[lane];
            var (position, length) = ((int)(warp.Register<uint>(b)[lane] & 0xFF), (int)(warp.Register<uint>(c)[lane] & 0xFF));
            var last = type.Bits - 1;
            var sign = type.IsSigned && length > 0 ? value >> Math.Min(position + length - 1, last) & 1 : 0;
            var field = 0UL;
            for (var i = 0; i <= last; i++)
            {
                var bit = i < length && position + i <= last ? value >> (position + i) & 1 : sign;
                field |= bit << i;
            }

            Put(warp, lane, d, type, field);
        });
    }

    /// <summary>The lower d bits of a over those of b from c upwards.</summary>
    private static unsafe Step InsertBits(InstructionReader reader)
    {
        var type = reader.ExpectType("b32", "b64");
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(type));
        var (c, n) = (reader.Source(PtxType.Get("u32")), reader.Source(PtxType.Get("u32")));
        return new LaneStep((warp, lane) =>
        {
            var field = type.Bytes == 4 ? warp.Register<uint>(a)[lane] : warp.Register<ulong>(a)[lane];
            var value = type.Bytes == 4 ? warp.Register<uint>(b)[lane] : warp.Register<ulong>(b)[lane];
            var (position, length) = ((int)(warp.Register<uint>(c)[lane] & 0xFF), (int)(warp.Register<uint>(n)[lane] & 0xFF));
            for (var i = 0; i < length && position + i < type.Bits; i++)
            {
                value = (value & ~(1UL << (position + i))) | ((field >> i & 1) << (position + i));
            }

            Put(warp, lane, d, type, value);
        });
    }

    private static unsafe void Put(Warp warp, int lane, int register, PtxType type, ulong value)
    {
        if (type.Bytes == 4)
        {
            warp.Register<uint>(register)[lane] = (uint)value;
        }
        else
        {
            warp.Register<ulong>(register)[lane] = value;
        }
    }

    /// <summary>c plus the products of four bytes each.</summary>
    private static unsafe Step DotProduct(InstructionReader reader)
    {
        var (typeA, typeB) = (reader.ExpectType("u32", "s32"), reader.ExpectType("u32", "s32"));
        reader.Require(5, 0, 61);
        reader.EndModifiers();
        var sum = PtxType.Get(typeA.IsSigned || typeB.IsSigned ? "s32" : "u32");
        var (d, a, b, c) = (reader.Destination(sum), reader.Source(typeA), reader.Source(typeB), reader.Source(sum));
        return new LaneStep((warp, lane) =>
        {
            var (va, vb) = (warp.Register<uint>(a)[lane], warp.Register<uint>(b)[lane]);
            var result = warp.Register<int>(c)[lane];
            for (var shift = 0; shift < 32; shift += 8)
            {
                var (pa, pb) = ((byte)(va >> shift), (byte)(vb >> shift));
                result += (typeA.IsSigned ? (sbyte)pa : pa) * (typeB.IsSigned ? (sbyte)pb : pb);
            }

            warp.Register<int>(d)[lane] = result;
        });
    }

    private readonly struct Wide<T, TWide> : IBinary<T, T, TWide>, ITernary<T, T, TWide, TWide>
        where T : unmanaged, IBinaryInteger<T>
        where TWide : unmanaged, IBinaryInteger<TWide>
    {
        public static TWide Apply(T a, T b) => unchecked(TWide.CreateTruncating(a) * TWide.CreateTruncating(b));

        public static TWide Apply(T a, T b, TWide c) => unchecked(Apply(a, b) + c);
    }

    private readonly struct PopCount32 : IUnary<uint, uint>
    {
        public static uint Apply(uint a) => (uint)BitOperations.PopCount(a);
    }

    private readonly struct PopCount64 : IUnary<ulong, uint>
    {
        public static uint Apply(ulong a) => (uint)BitOperations.PopCount(a);
    }

    private readonly struct LeadingZeros32 : IUnary<uint, uint>
    {
        public static uint Apply(uint a) => (uint)BitOperations.LeadingZeroCount(a);
    }

    private readonly struct LeadingZeros64 : IUnary<ulong, uint>
    {
        public static uint Apply(ulong a) => (uint)BitOperations.LeadingZeroCount(a);
    }
}
