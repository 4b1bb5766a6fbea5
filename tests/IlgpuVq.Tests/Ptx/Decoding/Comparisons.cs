using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Bits of the lanes for which a relation holds.</summary>
internal unsafe delegate uint CompareLanes(Warp warp, uint active, int a, int b);

/// <summary>
/// Relations of numbers. Ordered ones are false where an operand is NaN; unordered ones, with a u behind, are true.
/// </summary>
internal static unsafe class Comparisons
{
    private static readonly string[] OfBits = ["eq", "ne"];
    private static readonly string[] OfSigned = ["eq", "ne", "lt", "le", "gt", "ge"];
    private static readonly string[] OfUnsigned = [.. OfSigned, "lo", "ls", "hi", "hs"];
    private static readonly string[] OfFloats = [.. OfSigned, "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];

    private interface IRelation
    {
        static abstract bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T>;
    }

    public static CompareLanes Find(InstructionReader reader, string relation, PtxType type, bool flushes)
    {
        var allowed = type.Class switch
        {
            TypeClass.Bits => OfBits,
            TypeClass.Signed => OfSigned,
            TypeClass.Unsigned => OfUnsigned,
            _ => OfFloats,
        };
        if (!allowed.Contains(relation))
        {
            throw reader.Error($"expected for {type} .{string.Join(" or .", allowed)}; got .{relation}");
        }

        return relation switch
        {
            "eq" => Of<Equal>(type, flushes),
            "ne" => Of<Different>(type, flushes),
            "lt" or "lo" => Of<Less>(type, flushes),
            "le" or "ls" => Of<LessOrEqual>(type, flushes),
            "gt" or "hi" => Of<Greater>(type, flushes),
            "ge" or "hs" => Of<GreaterOrEqual>(type, flushes),
            "equ" => Of<Not<Different>>(type, flushes),
            "neu" => Of<Not<Equal>>(type, flushes),
            "ltu" => Of<Not<GreaterOrEqual>>(type, flushes),
            "leu" => Of<Not<Greater>>(type, flushes),
            "gtu" => Of<Not<LessOrEqual>>(type, flushes),
            "geu" => Of<Not<Less>>(type, flushes),
            "num" => Of<Ordered>(type, flushes),
            _ => Of<Not<Ordered>>(type, flushes),
        };
    }

    private static CompareLanes Of<TRelation>(PtxType type, bool flushes)
        where TRelation : struct, IRelation => type.Name switch
        {
            "b16" or "u16" => Compare<TRelation, ushort>,
            "s16" => Compare<TRelation, short>,
            "b32" or "u32" => Compare<TRelation, uint>,
            "s32" => Compare<TRelation, int>,
            "b64" or "u64" => Compare<TRelation, ulong>,
            "s64" => Compare<TRelation, long>,
            "f16" => Compare<TRelation, Half>,
            "f64" => Compare<TRelation, double>,
            _ => flushes ? CompareFlushed<TRelation> : Compare<TRelation, float>,
        };

    private static uint Compare<TRelation, T>(Warp warp, uint active, int a, int b)
        where TRelation : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        var pa = warp.Register<T>(a);
        var pb = warp.Register<T>(b);
        var holds = 0u;
        if (active == uint.MaxValue)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                holds |= (TRelation.Holds(pa[lane], pb[lane]) ? 1u : 0) << lane;
            }
        }
        else
        {
            foreach (var lane in new LaneSet(active))
            {
                holds |= (TRelation.Holds(pa[lane], pb[lane]) ? 1u : 0) << lane;
            }
        }

        return holds;
    }

    private static uint CompareFlushed<TRelation>(Warp warp, uint active, int a, int b)
        where TRelation : struct, IRelation
    {
        var pa = warp.Register<float>(a);
        var pb = warp.Register<float>(b);
        var holds = 0u;
        foreach (var lane in new LaneSet(active))
        {
            holds |= (TRelation.Holds(FloatModes.Flush(pa[lane]), FloatModes.Flush(pb[lane])) ? 1u : 0) << lane;
        }

        return holds;
    }

    private readonly struct Equal : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a == b;
    }

    private readonly struct Different : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a < b || a > b;
    }

    private readonly struct Less : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a < b;
    }

    private readonly struct LessOrEqual : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a <= b;
    }

    private readonly struct Greater : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a > b;
    }

    private readonly struct GreaterOrEqual : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => a >= b;
    }

    private readonly struct Ordered : IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => !T.IsNaN(a) && !T.IsNaN(b);
    }

    private readonly struct Not<TRelation> : IRelation
        where TRelation : struct, IRelation
    {
        public static bool Holds<T>(T a, T b)
            where T : unmanaged, INumber<T> => !TRelation.Holds(a, b);
    }
}
