using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Registers to registers; addresses of variables.</summary>
internal static class MoveInstructions
{
    private static readonly string[] Types =
        ["pred", "b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64", "f16", "f32", "f64"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("mov", Move),
        ("cvta", ConvertAddress),
        ("isspacep", IsInSpace),
    ];

    private static Step Move(InstructionReader reader)
    {
        var type = reader.ExpectType(Types);
        reader.EndModifiers();
        if (reader.Peek is VectorOperand results)
        {
            return Unpack(reader, results, type);
        }

        var d = reader.Destination(type);
        var operand = reader.Next();
        if (operand is VectorOperand elements)
        {
            return Pack(reader, d, elements, type);
        }

        if (operand is NameOperand { IsNegated: false } name)
        {
            if (SpecialRegisters.Find(name.Name) is { } special)
            {
                return Special(reader, d, special, type);
            }

            if (reader.FindRegister(name.Name) is null && reader.FindVariable(name.Name) is { } variable)
            {
                return Copy(d, Address(reader, variable, name.Offset, type), type);
            }
        }

        var a = type == PtxType.Pred && operand is IntegerOperand { Value: var value } && value >= -1 && value <= 1
            ? reader.File.Constant(0, value == 0 ? 0UL : 1)
            : reader.Source(operand, type, isWide: false).Offset;
        return Copy(d, a, type);
    }

    private static Step Copy(int d, int a, PtxType type) => type.Bytes switch
    {
        0 => new WarpStep((warp, active) =>
            warp.Predicate(d) = (warp.Predicate(d) & ~active) | (warp.Predicate(a) & active)),
        2 => new UnaryStep<Same<ushort>, ushort, ushort>(d, a),
        4 => new UnaryStep<Same<uint>, uint, uint>(d, a),
        _ => new UnaryStep<Same<ulong>, ulong, ulong>(d, a),
    };

    private static unsafe Step Special(InstructionReader reader, int d, SpecialRegister special, PtxType type)
    {
        var (major, minor) = (SpecialRegisters.Since(special).Major, SpecialRegisters.Since(special).Minor);
        reader.Require(major, minor, 20);
        var held = SpecialRegisters.TypeOf(special);
        if (!held.Agrees(type))
        {
            throw reader.Error($"expected mov of {held} from this special register; got {type}");
        }

        if (special is SpecialRegister.Clock or SpecialRegister.Clock64 or SpecialRegister.GlobalTimer)
        {
            return type.Bytes == 4
                ? new LaneStep((warp, lane) => warp.Register<uint>(d)[lane] = (uint)SpecialRegisters.Value(special, warp, lane))
                : new LaneStep((warp, lane) => warp.Register<ulong>(d)[lane] = SpecialRegisters.Value(special, warp, lane));
        }

        return Copy(d, reader.File.Special(special, type.Bytes), type);
    }

    /// <summary>The address of a variable in its own space. Only shared and local memory have addresses of 32 bits.</summary>
    private static int Address(InstructionReader reader, PtxVariable variable, long offset, PtxType type)
    {
        var isSmall = variable.Space is StateSpace.Shared or StateSpace.Local or StateSpace.Param;
        var fits = type.Bytes == 8 || (type.Bytes == 4 && isSmall);
        if (!fits || type.IsFloat)
        {
            throw reader.Error($"expected a type that holds the address of {variable.Name}; got {type}");
        }

        return reader.File.Constant(type.Bytes, reader.AddressOf(variable) + (ulong)offset);
    }

    /// <summary>Registers side by side as one, the first being the lowest.</summary>
    private static unsafe Step Pack(InstructionReader reader, int d, VectorOperand vector, PtxType type)
    {
        var part = PartOf(reader, vector, type);
        var parts = vector.Elements.Select(element => reader.Source(element, part, isWide: false).Offset).ToArray();
        return new LaneStep((warp, lane) =>
        {
            var bits = 0UL;
            for (var i = 0; i < parts.Length; i++)
            {
                bits |= (part.Bytes == 2 ? warp.Register<ushort>(parts[i])[lane] : warp.Register<uint>(parts[i])[lane])
                    * (1UL << (i * part.Bits));
            }

            if (type.Bytes == 4)
            {
                warp.Register<uint>(d)[lane] = (uint)bits;
            }
            else
            {
                warp.Register<ulong>(d)[lane] = bits;
            }
        });
    }

    private static unsafe Step Unpack(InstructionReader reader, VectorOperand vector, PtxType type)
    {
        reader.Next();
        var part = PartOf(reader, vector, type);
        var parts = vector.Elements.Select(element => reader.Destination(element, part, isWide: false).Offset).ToArray();
        var a = reader.Source(type);
        return new LaneStep((warp, lane) =>
        {
            var bits = type.Bytes == 4 ? warp.Register<uint>(a)[lane] : warp.Register<ulong>(a)[lane];
            for (var i = 0; i < parts.Length; i++)
            {
                if (part.Bytes == 2)
                {
                    warp.Register<ushort>(parts[i])[lane] = (ushort)(bits >> (16 * i));
                }
                else
                {
                    warp.Register<uint>(parts[i])[lane] = (uint)(bits >> (32 * i));
                }
            }
        });
    }

    private static PtxType PartOf(InstructionReader reader, VectorOperand vector, PtxType type)
    {
        var count = vector.Elements.Count;
        return (type.Name, count) switch
        {
            ("b32", 2) or ("b64", 4) => PtxType.Get("b16"),
            ("b64", 2) => PtxType.B32,
            _ => throw reader.Error($"expected .b32 of 2, or .b64 of 2 or 4 parts; got {type} of {count}"),
        };
    }

    /// <summary>An address in a space as one that any load understands, or back.</summary>
    private static unsafe Step ConvertAddress(InstructionReader reader)
    {
        var isTo = reader.Take("to");
        var space = reader.Expect("global", "shared", "local", "const", "param");
        var type = reader.ExpectType("u64");
        reader.EndModifiers();
        var d = reader.Destination(type);
        var named = isTo ? null : reader.Peek as NameOperand;
        var a = named is { } name && reader.FindRegister(name.Name) is null && reader.FindVariable(name.Name) is { } variable
            ? AddressOfNext(reader, variable, name.Offset, type)
            : reader.Source(type);
        var window = GenericWindow.Of(space);
        return window == 0
            ? Copy(d, a, type)
            : new LaneStep((warp, lane) =>
            {
                var address = warp.Register<ulong>(a)[lane];
                if (isTo && !GenericWindow.Contains(window, address))
                {
                    throw new PtxFault(FaultKind.Undefined, $"0x{address:X} is no address in {space} memory", lane);
                }

                warp.Register<ulong>(d)[lane] = isTo ? address - window : address + window;
            });
    }

    private static int AddressOfNext(InstructionReader reader, PtxVariable variable, long offset, PtxType type)
    {
        reader.Next();
        return Address(reader, variable, offset, type);
    }

    private static unsafe Step IsInSpace(InstructionReader reader)
    {
        var space = reader.Expect("global", "shared", "local", "const", "param");
        reader.EndModifiers();
        var (p, a) = (reader.Destination(PtxType.Pred), reader.Source(PtxType.Get("u64")));
        var window = GenericWindow.Of(space);
        return new LaneStep((warp, lane) =>
        {
            var address = warp.Register<ulong>(a)[lane];
            var isElsewhere = GenericWindow.Contains(GenericWindow.Shared, address)
                || GenericWindow.Contains(GenericWindow.Local, address);
            warp.SetPredicate(p, lane, window == 0 ? !isElsewhere : GenericWindow.Contains(window, address));
        });
    }

    private readonly struct Same<T> : IUnary<T, T>
    {
        public static T Apply(T a) => a;
    }
}
