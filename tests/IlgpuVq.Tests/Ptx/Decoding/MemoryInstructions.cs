using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Loads and stores.</summary>
internal static class MemoryInstructions
{
    private static readonly string[] Types =
        ["b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("ld", Load),
        ("ldu", Load),
        ("st", Store),
        ("prefetch", Prefetch),
    ];

    /// <summary>The space named by a modifier; none means any.</summary>
    public static StateSpace ReadSpace(InstructionReader reader, params ReadOnlySpan<string> allowed)
    {
        var name = reader.TakeAny(allowed);
        if (name is "shared::cta" or "param::entry")
        {
            reader.Require(7, 8, 30);
        }

        return name is null ? StateSpace.Generic : Enum.Parse<StateSpace>(name.Split(':')[0], ignoreCase: true);
    }

    private static Step Load(InstructionReader reader)
    {
        ReadOrder(reader, "acquire");
        var space = ReadSpace(reader, "global", "shared", "shared::cta", "local", "param", "param::entry", "const");
        ReadCache(reader, space, ["ca", "cg", "cs", "lu", "cv"]);
        var (count, type) = ReadVector(reader);
        reader.EndModifiers();
        IReadOnlyList<Operand> elements = count > 1 ? reader.Vector(count) : [reader.Next()];
        var results = elements.Select(element => reader.Destination(element, type, isWide: true)).ToArray();
        if (results.Any(result => result.Type.Bytes != results[0].Type.Bytes))
        {
            throw reader.Error("expected registers of one size");
        }

        var address = AddressReader.Read(reader, space);
        int[] offsets = [.. results.Select(result => result.Offset)];
        var bytes = results[0].Type.Bytes;
        return space switch
        {
            StateSpace.Global or StateSpace.Const => LoadFrom<GlobalSpace>(address, offsets, bytes, type),
            StateSpace.Shared => LoadFrom<SharedSpace>(address, offsets, bytes, type),
            StateSpace.Local => LoadFrom<LocalSpace>(address, offsets, bytes, type),
            StateSpace.Param => LoadFrom<ParamSpace>(address, offsets, bytes, type),
            _ => LoadFrom<GenericSpace>(address, offsets, bytes, type),
        };
    }

    private static Step Store(InstructionReader reader)
    {
        ReadOrder(reader, "release");
        var space = ReadSpace(reader, "global", "shared", "shared::cta", "local");
        ReadCache(reader, space, ["wb", "cg", "cs", "wt"]);
        var (count, type) = ReadVector(reader);
        reader.EndModifiers();
        var address = AddressReader.Read(reader, space);
        IReadOnlyList<Operand> elements = count > 1 ? reader.Vector(count) : [reader.Next()];
        var values = elements.Select(element => reader.Source(element, type, isWide: true)).ToArray();
        var parts = values.Select(value => (value.Offset, value.Type.Bytes)).ToArray();
        return space switch
        {
            StateSpace.Global => StoreTo<GlobalSpace>(address, parts, type.Bytes),
            StateSpace.Shared => StoreTo<SharedSpace>(address, parts, type.Bytes),
            StateSpace.Local => StoreTo<LocalSpace>(address, parts, type.Bytes),
            _ => StoreTo<GenericSpace>(address, parts, type.Bytes),
        };
    }

    /// <summary>A hint: the address is not even looked at.</summary>
    private static Step Prefetch(InstructionReader reader)
    {
        var space = ReadSpace(reader, "global", "local");
        reader.Expect("L1", "L2");
        reader.EndModifiers();
        AddressReader.Read(reader, space);
        return new WarpStep((_, _) => { });
    }

    private static void ReadOrder(InstructionReader reader, string ordered)
    {
        if (reader.TakeAny("relaxed", ordered) is not null)
        {
            reader.Require(6, 0, 70);
            reader.Expect("cta", "gpu", "sys");
        }
        else if (!reader.Take("volatile"))
        {
            reader.Take("weak");
        }
    }

    private static void ReadCache(InstructionReader reader, StateSpace space, ReadOnlySpan<string> operators)
    {
        reader.TakeAny(operators);
        if (space == StateSpace.Global && reader.Take("nc"))
        {
            reader.Require(3, 1, 32);
        }

        string[] priorities = ["L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate"];
        if (reader.TakeAny(priorities) is not null)
        {
            reader.Require(7, 4, 70);
        }

        if (reader.TakeAny("L2::64B", "L2::128B", "L2::256B") is { } size)
        {
            reader.Require(7, 4, size == "L2::256B" ? 80 : 75);
        }
    }

    private static (int Count, PtxType Type) ReadVector(InstructionReader reader)
    {
        var count = reader.TakeAny("v2", "v4") switch { "v2" => 2, "v4" => 4, _ => 1 };
        var type = reader.ExpectType(Types);
        return count * type.Bytes <= 16
            ? (count, type)
            : throw reader.Error($"expected a vector of at most 16 bytes; got {count * type.Bytes}");
    }

    private static Step LoadFrom<TSpace>(LaneAddress address, int[] results, int bytes, PtxType type)
        where TSpace : struct, ISpace => bytes switch
        {
            2 => LoadInto<TSpace, ushort>(address, results, type),
            4 => LoadInto<TSpace, uint>(address, results, type),
            _ => LoadInto<TSpace, ulong>(address, results, type),
        };

    private static Step LoadInto<TSpace, TResult>(LaneAddress address, int[] results, PtxType type)
        where TSpace : struct, ISpace
        where TResult : unmanaged, IBinaryInteger<TResult> => (type.Bytes, type.IsSigned) switch
        {
            (1, false) => new LoadStep<TSpace, byte, TResult>(address, results),
            (1, true) => new LoadStep<TSpace, sbyte, TResult>(address, results),
            (2, false) => new LoadStep<TSpace, ushort, TResult>(address, results),
            (2, true) => new LoadStep<TSpace, short, TResult>(address, results),
            (4, false) => new LoadStep<TSpace, uint, TResult>(address, results),
            (4, true) => new LoadStep<TSpace, int, TResult>(address, results),
            _ => new LoadStep<TSpace, ulong, TResult>(address, results),
        };

    private static Step StoreTo<TSpace>(LaneAddress address, (int Offset, int Bytes)[] values, int bytes)
        where TSpace : struct, ISpace => bytes switch
        {
            1 => new StoreStep<TSpace, byte>(address, values),
            2 => new StoreStep<TSpace, ushort>(address, values),
            4 => new StoreStep<TSpace, uint>(address, values),
            _ => new StoreStep<TSpace, ulong>(address, values),
        };

    private sealed unsafe class LoadStep<TSpace, T, TResult>(LaneAddress address, int[] results) : Step
        where TSpace : struct, ISpace
        where T : unmanaged, IBinaryInteger<T>
        where TResult : unmanaged, IBinaryInteger<TResult>
    {
        private readonly int bytes = results.Length * sizeof(T);

        public override void Run(Warp warp, uint active)
        {
            foreach (var lane in new LaneSet(active))
            {
                var source = (T*)TSpace.Resolve(warp, lane, address.Of(warp, lane), bytes);
                for (var i = 0; i < results.Length; i++)
                {
                    warp.Register<TResult>(results[i])[lane] = TResult.CreateTruncating(source[i]);
                }
            }
        }
    }

    private sealed unsafe class StoreStep<TSpace, T>(LaneAddress address, (int Offset, int Bytes)[] values) : Step
        where TSpace : struct, ISpace
        where T : unmanaged
    {
        private readonly int bytes = values.Length * sizeof(T);

        public override void Run(Warp warp, uint active)
        {
            foreach (var lane in new LaneSet(active))
            {
                var target = (T*)TSpace.Resolve(warp, lane, address.Of(warp, lane), bytes);
                for (var i = 0; i < values.Length; i++)
                {
                    // The lowest bytes of a wider register come first.
                    target[i] = *(T*)(warp.Register<byte>(values[i].Offset) + (lane * values[i].Bytes));
                }
            }
        }
    }
}
