using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Read, change and write as one. Lanes come in the order of their numbers, groups in theirs.</summary>
internal static unsafe class AtomicInstructions
{
    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("atom", reader => Atomic(reader, hasResult: true)),
        ("red", reader => Atomic(reader, hasResult: false)),
    ];

    private static Step Atomic(InstructionReader reader, bool hasResult)
    {
        if (reader.TakeAny(hasResult ? ["relaxed", "acquire", "release", "acq_rel"] : ["relaxed", "release"]) is not null)
        {
            reader.Require(6, 0, 70);
        }

        // The scope stands before the space.
        if (reader.TakeAny("cta", "gpu", "sys") is not null)
        {
            reader.Require(5, 0, 60);
        }

        var space = MemoryInstructions.ReadSpace(reader, "global", "shared", "shared::cta");
        string[] operations = hasResult
            ? ["add", "exch", "cas", "min", "max", "inc", "dec", "and", "or", "xor"]
            : ["add", "min", "max", "inc", "dec", "and", "or", "xor"];
        var operation = reader.Expect(operations);
        var type = reader.ExpectType(operation switch
        {
            "add" => ["u32", "s32", "u64", "f32", "f64"],
            "exch" => ["b32", "b64"],
            "cas" => ["b16", "b32", "b64"],
            "min" or "max" => ["u32", "s32", "u64", "s64"],
            "inc" or "dec" => ["u32"],
            _ => (string[])["b32", "b64"],
        });
        RequireDevice(reader, operation, type);
        reader.EndModifiers();
        var d = hasResult ? reader.Destination(type) : -1;
        var address = AddressReader.Read(reader, space);
        var b = reader.Source(type);
        var c = operation == "cas" ? reader.Source(type) : -1;
        reader.IsGlobalAtomic = space != StateSpace.Shared;
        return (type.Name, operation) switch
        {
            ("f32", _) => Of<float>(space, d, address, b, c, (old, x, _) => old + x),
            ("f64", _) => Of<double>(space, d, address, b, c, (old, x, _) => old + x),
            ("b16", _) => Of<ushort>(space, d, address, b, c, (old, x, y) => old == x ? y : old),
            ("u32", "inc") => Of<uint>(space, d, address, b, c, (old, x, _) => old >= x ? 0 : old + 1),
            ("u32", "dec") => Of<uint>(space, d, address, b, c, (old, x, _) => old == 0 || old > x ? x : old - 1),
            ("s32", _) => Of(space, d, address, b, c, Change<int>(operation)),
            ("s64", _) => Of(space, d, address, b, c, Change<long>(operation)),
            _ when type.Bytes == 4 => Of(space, d, address, b, c, Change<uint>(operation)),
            _ => Of(space, d, address, b, c, Change<ulong>(operation)),
        };
    }

    private static void RequireDevice(InstructionReader reader, string operation, PtxType type)
    {
        if (type.Name == "f64")
        {
            reader.Require(5, 0, 60);
        }
        else if (type.Name == "b16")
        {
            reader.Require(6, 3, 70);
        }
        else if (type.Bytes == 8 && operation is not ("add" or "exch" or "cas"))
        {
            reader.Require(3, 1, 32);
        }
    }

    private static Func<T, T, T, T> Change<T>(string operation)
        where T : unmanaged, IBinaryInteger<T> => operation switch
        {
            "add" => (old, x, _) => unchecked(old + x),
            "exch" => (_, x, _) => x,
            "cas" => (old, x, y) => old == x ? y : old,
            "min" => (old, x, _) => T.Min(old, x),
            "max" => (old, x, _) => T.Max(old, x),
            "and" => (old, x, _) => old & x,
            "or" => (old, x, _) => old | x,
            _ => (old, x, _) => old ^ x,
        };

    private static Step Of<T>(StateSpace space, int d, LaneAddress address, int b, int c, Func<T, T, T, T> change)
        where T : unmanaged => space switch
        {
            StateSpace.Global => new AtomicStep<GlobalSpace, T>(d, address, b, c, change),
            StateSpace.Shared => new AtomicStep<SharedSpace, T>(d, address, b, c, change),
            _ => new AtomicStep<GenericSpace, T>(d, address, b, c, change),
        };

    private sealed class AtomicStep<TSpace, T>(int d, LaneAddress address, int b, int c, Func<T, T, T, T> change) : Step
        where TSpace : struct, ISpace
        where T : unmanaged
    {
        public override void Run(Warp warp, uint active)
        {
            foreach (var lane in new LaneSet(active))
            {
                var place = (T*)TSpace.Resolve(warp, lane, address.Of(warp, lane), sizeof(T));
                var old = *place;
                *place = change(old, warp.Register<T>(b)[lane], c < 0 ? default : warp.Register<T>(c)[lane]);
                if (d >= 0)
                {
                    warp.Register<T>(d)[lane] = old;
                }
            }
        }
    }
}
