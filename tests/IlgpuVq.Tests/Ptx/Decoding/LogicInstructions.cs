using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;
using Op = IlgpuVq.Tests.Ptx.Decoding.IntegerOperators;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Bits: of integers and of predicates.</summary>
internal static class LogicInstructions
{
    private static readonly string[] Types = ["pred", "b16", "b32", "b64"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("and", reader => Binary<Op.And>(reader, (a, b) => a & b)),
        ("or", reader => Binary<Op.Or>(reader, (a, b) => a | b)),
        ("xor", reader => Binary<Op.Xor>(reader, (a, b) => a ^ b)),
        ("not", Not),
        ("cnot", reader => IntegerSteps.Unary<Op.LogicalNot>(reader, reader.ExpectType("b16", "b32", "b64"))),
        ("shl", ShiftLeft),
        ("shr", ShiftRight),
        ("shf", FunnelShift),
        ("lop3", ThreeInputs),
        ("prmt", PermuteBytes),
    ];

    private static Step Binary<TOperator>(InstructionReader reader, Func<uint, uint, uint> ofPredicates)
        where TOperator : struct, IIntegerBinary
    {
        var type = reader.ExpectType(Types);
        if (type != PtxType.Pred)
        {
            return IntegerSteps.Binary<TOperator>(reader, type);
        }

        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(type));
        return new WarpStep((warp, active) =>
            Put(warp, active, d, ofPredicates(warp.Predicate(a), warp.Predicate(b))));
    }

    private static Step Not(InstructionReader reader)
    {
        var type = reader.ExpectType(Types);
        if (type != PtxType.Pred)
        {
            return IntegerSteps.Unary<Op.Not>(reader, type);
        }

        reader.EndModifiers();
        var (d, a) = (reader.Destination(type), reader.Source(type));
        return new WarpStep((warp, active) => Put(warp, active, d, ~warp.Predicate(a)));
    }

    private static void Put(Warp warp, uint active, int predicate, uint value)
    {
        ref var place = ref warp.Predicate(predicate);
        place = (place & ~active) | (value & active);
    }

    private static Step ShiftLeft(InstructionReader reader)
    {
        var type = reader.ExpectType("b16", "b32", "b64");
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(PtxType.Get("u32")));
        return type.Bytes switch
        {
            2 => new BinaryStep<Left16, ushort, uint, ushort>(d, a, b),
            4 => new BinaryStep<Left32, uint, uint, uint>(d, a, b),
            _ => new BinaryStep<Left64, ulong, uint, ulong>(d, a, b),
        };
    }

    private static Step ShiftRight(InstructionReader reader)
    {
        var type = reader.ExpectType("b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64");
        reader.EndModifiers();
        var (d, a, b) = (reader.Destination(type), reader.Source(type), reader.Source(PtxType.Get("u32")));
        return (type.Bytes, type.IsSigned) switch
        {
            (2, false) => new BinaryStep<Right16, ushort, uint, ushort>(d, a, b),
            (4, false) => new BinaryStep<Right32, uint, uint, uint>(d, a, b),
            (_, false) => new BinaryStep<Right64, ulong, uint, ulong>(d, a, b),
            (2, true) => new BinaryStep<SignedRight16, short, uint, short>(d, a, b),
            (4, true) => new BinaryStep<SignedRight32, int, uint, int>(d, a, b),
            _ => new BinaryStep<SignedRight64, long, uint, long>(d, a, b),
        };
    }

    /// <summary>32 of 64 bits, a being the lower half.</summary>
    private static unsafe Step FunnelShift(InstructionReader reader)
    {
        var isLeft = reader.Expect("l", "r") == "l";
        var clamps = reader.Expect("clamp", "wrap") == "clamp";
        reader.Expect("b32");
        reader.Require(3, 1, 32);
        reader.EndModifiers();
        var (d, a) = (reader.Destination(PtxType.B32), reader.Source(PtxType.B32));
        var (b, c) = (reader.Source(PtxType.B32), reader.Source(PtxType.Get("u32")));
        return new LaneStep((warp, lane) =>
        {
            var both = ((ulong)warp.Register<uint>(b)[lane] << 32) | warp.Register<uint>(a)[lane];
            var amount = warp.Register<uint>(c)[lane];
            var shift = (int)(clamps ? Math.Min(amount, 32) : amount & 31);
            warp.Register<uint>(d)[lane] = (uint)(isLeft ? (both << shift) >> 32 : both >> shift);
        });
    }

    /// <summary>Any function of three bits, given by its table.</summary>
    private static unsafe Step ThreeInputs(InstructionReader reader)
    {
        reader.Expect("b32");
        reader.Require(4, 3, 50);
        reader.EndModifiers();
        var (d, a) = (reader.Destination(PtxType.B32), reader.Source(PtxType.B32));
        var (b, c) = (reader.Source(PtxType.B32), reader.Source(PtxType.B32));
        var table = reader.Literal(0, 255);
        return new LaneStep((warp, lane) =>
        {
            var (x, y, z) = (warp.Register<uint>(a)[lane], warp.Register<uint>(b)[lane], warp.Register<uint>(c)[lane]);
            var result = 0u;
            for (var row = 0; row < 8; row++)
            {
                if ((table >> row & 1) != 0)
                {
                    result |= ((row & 4) != 0 ? x : ~x) & ((row & 2) != 0 ? y : ~y) & ((row & 1) != 0 ? z : ~z);
                }
            }

            warp.Register<uint>(d)[lane] = result;
        });
    }

    /// <summary>Four of the eight bytes of b and a; the modes are fixed choices.</summary>
    private static unsafe Step PermuteBytes(InstructionReader reader)
    {
        reader.Expect("b32");
        var mode = reader.TakeAny("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
        reader.EndModifiers();
        var (d, a) = (reader.Destination(PtxType.B32), reader.Source(PtxType.B32));
        var (b, c) = (reader.Source(PtxType.B32), reader.Source(PtxType.B32));
        return new LaneStep((warp, lane) =>
        {
            var bytes = ((ulong)warp.Register<uint>(b)[lane] << 32) | warp.Register<uint>(a)[lane];
            var selector = warp.Register<uint>(c)[lane];
            var result = 0u;
            for (var i = 0; i < 4; i++)
            {
                var choice = mode is null ? selector >> (4 * i) & 0xF : Choice(mode, (int)(selector & 3), i);
                var value = (byte)(bytes >> (int)(8 * (choice & 7)));
                value = (choice & 8) == 0 ? value : (byte)((sbyte)value >> 7);
                result |= (uint)value << (8 * i);
            }

            warp.Register<uint>(d)[lane] = result;
        });
    }

    private static uint Choice(string mode, int selector, int index) => (uint)(mode switch
    {
        "f4e" => selector + index,
        "b4e" => (selector - index) & 7,
        "rc8" => selector,
        "ecl" => Math.Max(selector, index),
        "ecr" => Math.Min(selector, index),
        _ => ((selector & 1) * 2) + (index & 1),
    });

    // Amounts beyond the size shift everything out.
    private readonly struct Left16 : IBinary<ushort, uint, ushort>
    {
        public static ushort Apply(ushort a, uint b) => b > 15 ? (ushort)0 : (ushort)(a << (int)b);
    }

    private readonly struct Left32 : IBinary<uint, uint, uint>
    {
        public static uint Apply(uint a, uint b) => b > 31 ? 0 : a << (int)b;
    }

    private readonly struct Left64 : IBinary<ulong, uint, ulong>
    {
        public static ulong Apply(ulong a, uint b) => b > 63 ? 0 : a << (int)b;
    }

    private readonly struct Right16 : IBinary<ushort, uint, ushort>
    {
        public static ushort Apply(ushort a, uint b) => b > 15 ? (ushort)0 : (ushort)(a >> (int)b);
    }

    private readonly struct Right32 : IBinary<uint, uint, uint>
    {
        public static uint Apply(uint a, uint b) => b > 31 ? 0 : a >> (int)b;
    }

    private readonly struct Right64 : IBinary<ulong, uint, ulong>
    {
        public static ulong Apply(ulong a, uint b) => b > 63 ? 0 : a >> (int)b;
    }

    private readonly struct SignedRight16 : IBinary<short, uint, short>
    {
        public static short Apply(short a, uint b) => (short)(a >> (int)Math.Min(b, 15));
    }

    private readonly struct SignedRight32 : IBinary<int, uint, int>
    {
        public static int Apply(int a, uint b) => a >> (int)Math.Min(b, 31);
    }

    private readonly struct SignedRight64 : IBinary<long, uint, long>
    {
        public static long Apply(long a, uint b) => a >> (int)Math.Min(b, 63);
    }
}
