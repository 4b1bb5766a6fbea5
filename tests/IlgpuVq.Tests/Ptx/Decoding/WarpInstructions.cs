using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Lanes of a warp exchange values. Each names the lanes that take part, itself among them.</summary>
internal static class WarpInstructions
{
    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("shfl", Shuffle),
        ("vote", Vote),
        ("match", Match),
        ("redux", Reduce),
        ("activemask", ActiveMask),
        ("elect", Elect),
    ];

    /// <summary><c>bar.warp.sync mask</c>, behind its first word.</summary>
    public static Step SynchronizeWarp(InstructionReader reader)
    {
        reader.Expect("sync");
        reader.Require(6, 0, 30);
        reader.EndModifiers();
        return new MeetStep(reader.Source(PtxType.B32), (_, _) => { });
    }

    private static unsafe Step Shuffle(InstructionReader reader)
    {
        reader.Expect("sync");
        var mode = reader.Expect("idx", "up", "down", "bfly");
        reader.Expect("b32");
        reader.Require(6, 0, 30);
        reader.EndModifiers();
        var (first, p) = reader.PairDestination();
        var d = reader.Destination(first, PtxType.B32, isWide: false).Offset;
        var u32 = PtxType.Get("u32");
        var (a, b, c, members) = (reader.Source(PtxType.B32), reader.Source(u32), reader.Source(u32), reader.Source(PtxType.B32));
        return new MeetStep(members, (warp, active) =>
        {
            // What is read may be written, so all is read first.
            var values = new Span<uint>(warp.Register<uint>(a), Warp.Size).ToArray();
            foreach (var lane in new LaneSet(active))
            {
                var (source, isInside) = SourceLane(mode, lane, warp.Register<uint>(b)[lane], warp.Register<uint>(c)[lane]);
                if ((warp.Register<uint>(members)[lane] & active & (1u << source)) == 0)
                {
                    throw new PtxFault(FaultKind.Undefined, $"lane {lane} reads lane {source}, which does not take part", lane);
                }

                warp.Register<uint>(d)[lane] = values[source];
                if (p >= 0)
                {
                    warp.SetPredicate(p, lane, isInside);
                }
            }
        });
    }

    /// <summary>The lane that is read, and whether it was inside the segment; outside it a lane reads itself.</summary>
    private static (int Lane, bool IsInside) SourceLane(string mode, int lane, uint b, uint c)
    {
        var (offset, clamp, segment) = ((int)(b & 31), (int)(c & 31), (int)(c >> 8 & 31));
        var lowest = lane & segment;
        var highest = lowest | (clamp & ~segment);
        var (source, isInside) = mode switch
        {
            "up" => (lane - offset, lane - offset >= highest),
            "down" => (lane + offset, lane + offset <= highest),
            "bfly" => (lane ^ offset, (lane ^ offset) <= highest),
            _ => (lowest | (offset & ~segment), (lowest | (offset & ~segment)) <= highest),
        };
        return isInside ? (source, true) : (lane, false);
    }

    private static unsafe Step Vote(InstructionReader reader)
    {
        reader.Expect("sync");
        var kind = reader.Expect("all", "any", "uni", "ballot");
        reader.Expect(kind == "ballot" ? "b32" : "pred");
        reader.Require(6, 0, 30);
        reader.EndModifiers();
        var d = reader.Destination(kind == "ballot" ? PtxType.B32 : PtxType.Pred);
        var (a, flip) = reader.PredicateSource();
        var members = reader.Source(PtxType.B32);
        return new MeetStep(members, (warp, active) =>
        {
            var votes = warp.Predicate(a) ^ flip;
            foreach (var lane in new LaneSet(active))
            {
                var mask = warp.Register<uint>(members)[lane];
                var yes = votes & mask;
                if (kind == "ballot")
                {
                    warp.Register<uint>(d)[lane] = yes;
                }
                else
                {
                    warp.SetPredicate(d, lane, kind switch
                    {
                        "all" => yes == mask,
                        "any" => yes != 0,
                        _ => yes == 0 || yes == mask,
                    });
                }
            }
        });
    }

    /// <summary>The lanes that have the same value; for "all", those of the mask if they all have, else none.</summary>
    private static unsafe Step Match(InstructionReader reader)
    {
        var isAll = reader.Expect("any", "all") == "all";
        reader.Expect("sync");
        var type = reader.ExpectType("b32", "b64");
        reader.Require(6, 0, 70);
        reader.EndModifiers();
        var (first, p) = reader.PairDestination();
        if (p >= 0 && !isAll)
        {
            throw reader.Error("expected one result");
        }

        var d = reader.Destination(first, PtxType.B32, isWide: false).Offset;
        var (a, members) = (reader.Source(type), reader.Source(PtxType.B32));
        return new MeetStep(members, (warp, active) =>
        {
            ulong Value(int lane) => type.Bytes == 4 ? warp.Register<uint>(a)[lane] : warp.Register<ulong>(a)[lane];
            foreach (var lane in new LaneSet(active))
            {
                var (mask, same) = (warp.Register<uint>(members)[lane], 0u);
                foreach (var other in new LaneSet(mask))
                {
                    same |= Value(other) == Value(lane) ? 1u << other : 0;
                }

                warp.Register<uint>(d)[lane] = isAll && same != mask ? 0 : same;
                if (p >= 0)
                {
                    warp.SetPredicate(p, lane, same == mask);
                }
            }
        });
    }

    private static unsafe Step Reduce(InstructionReader reader)
    {
        reader.Expect("sync");
        var operation = reader.Expect("add", "min", "max", "and", "or", "xor");
        var type = reader.ExpectType(operation is "and" or "or" or "xor" ? ["b32"] : ["u32", "s32"]);
        reader.Require(7, 0, 80);
        reader.EndModifiers();
        var (d, a, members) = (reader.Destination(type), reader.Source(type), reader.Source(PtxType.B32));
        Func<uint, uint, uint> combine = (operation, type.IsSigned) switch
        {
            ("add", _) => (x, y) => x + y,
            ("min", true) => (x, y) => (uint)Math.Min((int)x, (int)y),
            ("max", true) => (x, y) => (uint)Math.Max((int)x, (int)y),
            ("min", _) => Math.Min,
            ("max", _) => Math.Max,
            ("and", _) => (x, y) => x & y,
            ("or", _) => (x, y) => x | y,
            _ => (x, y) => x ^ y,
        };
        return new MeetStep(members, (warp, active) =>
        {
            var values = new Span<uint>(warp.Register<uint>(a), Warp.Size).ToArray();
            foreach (var lane in new LaneSet(active))
            {
                var mask = warp.Register<uint>(members)[lane];
                var first = BitOperations.TrailingZeroCount(mask);
                var result = values[first];
                foreach (var other in new LaneSet(mask & (mask - 1)))
                {
                    result = combine(result, values[other]);
                }

                warp.Register<uint>(d)[lane] = result;
            }
        });
    }

    private static unsafe Step ActiveMask(InstructionReader reader)
    {
        reader.Expect("b32");
        reader.Require(6, 2, 30);
        reader.EndModifiers();
        var d = reader.Destination(PtxType.B32);
        return new WarpStep((warp, active) =>
        {
            foreach (var lane in new LaneSet(active))
            {
                warp.Register<uint>(d)[lane] = active;
            }
        });
    }

    /// <summary>One of the lanes of the mask, the lowest.</summary>
    private static unsafe Step Elect(InstructionReader reader)
    {
        reader.Expect("sync");
        reader.Require(8, 0, 90);
        reader.EndModifiers();
        var (first, p) = reader.PairDestination();
        var d = reader.Destination(first, PtxType.B32, isWide: false).Offset;
        var members = reader.Source(PtxType.B32);
        return new MeetStep(members, (warp, active) =>
        {
            foreach (var lane in new LaneSet(active))
            {
                var leader = BitOperations.TrailingZeroCount(warp.Register<uint>(members)[lane]);
                warp.Register<uint>(d)[lane] = (uint)leader;
                if (p >= 0)
                {
                    warp.SetPredicate(p, lane, leader == lane);
                }
            }
        });
    }
}

/// <summary>Runs when all lanes that a mask names have come.</summary>
internal sealed unsafe class MeetStep(int members, Action<Warp, uint> body) : Step
{
    public override Flow Flow => Flow.Meet;

    public override uint Companions(Warp warp, uint active)
    {
        var all = 0u;
        foreach (var lane in new LaneSet(active))
        {
            var mask = warp.Register<uint>(members)[lane];
            if ((mask >> lane & 1) == 0)
            {
                throw new PtxFault(FaultKind.Undefined, $"lane {lane} is not in its own mask 0x{mask:X8}", lane);
            }

            if ((mask & ~warp.Alive) != 0)
            {
                var missing = mask & ~warp.Alive;
                throw new PtxFault(
                    FaultKind.Undefined, $"mask 0x{mask:X8} names lanes 0x{missing:X8}, which are not there or have ended", lane);
            }

            all |= mask;
        }

        return all;
    }

    public override void Run(Warp warp, uint active) => body(warp, active);
}
