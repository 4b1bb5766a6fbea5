using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Comparisons, and choices by their results.</summary>
internal static class ComparisonInstructions
{
    private static readonly string[] Relations =
        ["eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];

    private static readonly string[] Types =
        ["b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64", "f32", "f64"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("setp", SetPredicate),
        ("set", Set),
        ("selp", Select),
        ("slct", SelectBySign),
    ];

    private static Step SetPredicate(InstructionReader reader)
    {
        var relation = reader.Expect(Relations);
        var combination = reader.TakeAny("and", "or", "xor");
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(flushes ? ["f32"] : [.. Types, "f16"]);
        if (type.Name == "f16")
        {
            reader.Require(4, 2, 53);
        }

        reader.EndModifiers();
        var compare = Comparisons.Find(reader, relation, type, flushes);
        var (first, q) = reader.PairDestination();
        var p = reader.Destination(first, PtxType.Pred, isWide: false).Offset;
        var (a, b) = (reader.Source(type), reader.Source(type));
        if (combination is null)
        {
            return new WarpStep((warp, active) =>
            {
                var holds = compare(warp, active, a, b);
                Put(warp, active, p, holds);
                Put(warp, active, q, ~holds);
            });
        }

        var (c, flip) = reader.PredicateSource();
        return new WarpStep((warp, active) =>
        {
            var (holds, with) = (compare(warp, active, a, b), warp.Predicate(c) ^ flip);
            Put(warp, active, p, Combine(combination, holds, with));
            Put(warp, active, q, Combine(combination, ~holds, with));
        });
    }

    private static uint Combine(string combination, uint holds, uint with) => combination switch
    {
        "and" => holds & with,
        "or" => holds | with,
        _ => holds ^ with,
    };

    private static void Put(Warp warp, uint active, int predicate, uint value)
    {
        if (predicate >= 0)
        {
            ref var place = ref warp.Predicate(predicate);
            place = (place & ~active) | (value & active);
        }
    }

    /// <summary>All ones, or 1 as a float, where the relation holds.</summary>
    private static unsafe Step Set(InstructionReader reader)
    {
        var relation = reader.Expect(Relations);
        var combination = reader.TakeAny("and", "or", "xor");
        var flushes = reader.Take("ftz");
        var result = reader.ExpectType("u32", "s32", "f32");
        var type = reader.ExpectType(flushes ? ["f32"] : Types);
        reader.EndModifiers();
        var compare = Comparisons.Find(reader, relation, type, flushes);
        var (d, a, b) = (reader.Destination(result), reader.Source(type), reader.Source(type));
        var (c, flip) = combination is null ? (-1, 0u) : reader.PredicateSource();
        var yes = result.IsFloat ? BitConverter.SingleToUInt32Bits(1) : uint.MaxValue;
        return new WarpStep((warp, active) =>
        {
            var holds = compare(warp, active, a, b);
            holds = combination is null ? holds : Combine(combination, holds, warp.Predicate(c) ^ flip);
            foreach (var lane in new LaneSet(active))
            {
                warp.Register<uint>(d)[lane] = (holds >> lane & 1) != 0 ? yes : 0;
            }
        });
    }

    private static Step Select(InstructionReader reader)
    {
        var type = reader.ExpectType(Types);
        reader.EndModifiers();
        var (d, a, b, p) = (reader.Destination(type), reader.Source(type), reader.Source(type), reader.Source(PtxType.Pred));
        return type.Bytes switch
        {
            2 => new SelectStep<ushort>(d, a, b, p),
            4 => new SelectStep<uint>(d, a, b, p),
            _ => new SelectStep<ulong>(d, a, b, p),
        };
    }

    /// <summary>a where c is not negative, else b.</summary>
    private static unsafe Step SelectBySign(InstructionReader reader)
    {
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(Types);
        var sign = reader.ExpectType(flushes ? ["f32"] : ["s32", "f32"]);
        reader.EndModifiers();
        var (d, a, b, c) = (reader.Destination(type), reader.Source(type), reader.Source(type), reader.Source(sign));
        return new LaneStep((warp, lane) =>
        {
            // -0 counts as not negative, NaN as negative.
            var takesFirst = sign.IsFloat
                ? (flushes ? FloatModes.Flush(warp.Register<float>(c)[lane]) : warp.Register<float>(c)[lane]) >= 0
                : warp.Register<int>(c)[lane] >= 0;
            var from = takesFirst ? a : b;
            switch (type.Bytes)
            {
                case 2:
                    warp.Register<ushort>(d)[lane] = warp.Register<ushort>(from)[lane];
                    break;
                case 4:
                    warp.Register<uint>(d)[lane] = warp.Register<uint>(from)[lane];
                    break;
                default:
                    warp.Register<ulong>(d)[lane] = warp.Register<ulong>(from)[lane];
                    break;
            }
        });
    }

    private sealed unsafe class SelectStep<T>(int d, int a, int b, int p) : Step
        where T : unmanaged
    {
        public override void Run(Warp warp, uint active)
        {
            var y = warp.Register<T>(d);
            var pa = warp.Register<T>(a);
            var pb = warp.Register<T>(b);
            var takesFirst = warp.Predicate(p);
            foreach (var lane in new LaneSet(active))
            {
                y[lane] = (takesFirst >> lane & 1) != 0 ? pa[lane] : pb[lane];
            }
        }
    }
}
