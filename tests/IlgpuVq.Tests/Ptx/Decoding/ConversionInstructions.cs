using System.Numerics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Conversions of numbers. A rounding is named exactly where something can be lost.</summary>
internal static class ConversionInstructions
{
    private static readonly string[] Integers = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"];
    private static readonly string[] Floats = ["f16", "f32", "f64", "bf16"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All => [("cvt", Convert)];

    private static Step Convert(InstructionReader reader)
    {
        var rounding = reader.TakeAny("rni", "rzi", "rmi", "rpi", "rn", "rz", "rm", "rp", "rna");
        var relu = reader.Take("relu");
        var (flushes, saturates) = (reader.Take("ftz"), reader.Take("sat"));
        var to = reader.ExpectType([.. Integers, .. Floats, "f16x2", "bf16x2", "tf32"]);
        var from = reader.ExpectType([.. Integers, .. Floats]);
        reader.EndModifiers();
        if (flushes && to.Name != "f32" && from.Name != "f32")
        {
            throw reader.Error("expected .ftz only where .f32 takes part");
        }

        if (to.Name is "f16x2" or "bf16x2")
        {
            return PackedConversions.Pack(reader, to, from, rounding, relu);
        }

        CheckRounding(reader, rounding, to, from);
        if (to.Class == TypeClass.Alternate || from.Class == TypeClass.Alternate || relu)
        {
            return PackedConversions.Alternate(reader, to, from, rounding, relu);
        }

        var (d, resultType) = reader.WideDestination(to);
        var (a, operandType) = reader.WideSource(from);
        if (!to.IsFloat && !from.IsFloat && !saturates)
        {
            return IntegerConversions.Find(d, resultType, to, a, operandType, from);
        }

        var convert = NumberConversions.Find(reader, to, from, rounding, flushes, saturates);
        return new BitsStep(d, resultType.Bytes, a, operandType.Bytes, from, to, convert);
    }

    private static void CheckRounding(InstructionReader reader, string? rounding, PtxType to, PtxType from)
    {
        string[] allowed = (to.IsFloat, from.IsFloat) switch
        {
            (false, false) => [],
            (false, true) => ["rni", "rzi", "rmi", "rpi"],
            (true, false) => ["rn", "rz", "rm", "rp"],
            (true, true) when to.Name == "tf32" => ["rna", "rn", "rz"],
            (true, true) when to.Bytes < from.Bytes => ["rn", "rz", "rm", "rp"],
            (true, true) when to == from => ["rni", "rzi", "rmi", "rpi"],
            (true, true) when to.Bytes == from.Bytes => ["rn"],
            _ => [],
        };
        var mayMiss = allowed.Length == 0 || (to == from && to.IsFloat);
        if (rounding is null ? !mayMiss : !allowed.Contains(rounding))
        {
            var rule = allowed.Length == 0 ? "no rounding" : "." + string.Join(" or .", allowed);
            throw reader.Error($"expected {rule} from {from} to {to}; got {(rounding is null ? "none" : "." + rounding)}");
        }
    }

    /// <summary>A conversion of the bits of a lane.</summary>
    private sealed unsafe class BitsStep(
        int d, int resultBytes, int a, int operandBytes, PtxType from, PtxType to, Func<ulong, ulong> convert) : Step
    {
        public override void Run(Warp warp, uint active)
        {
            foreach (var lane in new LaneSet(active))
            {
                var bits = operandBytes switch
                {
                    2 => warp.Register<ushort>(a)[lane],
                    4 => warp.Register<uint>(a)[lane],
                    _ => warp.Register<ulong>(a)[lane],
                };
                var result = Extend(convert(Extend(bits, from)), to);
                switch (resultBytes)
                {
                    case 2:
                        warp.Register<ushort>(d)[lane] = (ushort)result;
                        break;
                    case 4:
                        warp.Register<uint>(d)[lane] = (uint)result;
                        break;
                    default:
                        warp.Register<ulong>(d)[lane] = result;
                        break;
                }
            }
        }

        /// <summary>As many bits as the type has, then zeros or the sign.</summary>
        private static ulong Extend(ulong bits, PtxType type)
        {
            var unused = 64 - type.Bits;
            return type.IsSigned ? (ulong)((long)(bits << unused) >> unused) : bits << unused >> unused;
        }
    }
}

/// <summary>Integers to integers: cut off, and extended by their sign if they have one.</summary>
internal static class IntegerConversions
{
    public static Step Find(int d, PtxType result, PtxType to, int a, PtxType operand, PtxType from) => operand.Bytes switch
    {
        2 => FromRegister<ushort>(d, result, to, a, from),
        4 => FromRegister<uint>(d, result, to, a, from),
        _ => FromRegister<ulong>(d, result, to, a, from),
    };

    private static Step FromRegister<TOperand>(int d, PtxType result, PtxType to, int a, PtxType from)
        where TOperand : unmanaged, IBinaryInteger<TOperand> => from.Name switch
        {
            "u8" => From<TOperand, byte>(d, result, to, a),
            "s8" => From<TOperand, sbyte>(d, result, to, a),
            "u16" => From<TOperand, ushort>(d, result, to, a),
            "s16" => From<TOperand, short>(d, result, to, a),
            "u32" => From<TOperand, uint>(d, result, to, a),
            "s32" => From<TOperand, int>(d, result, to, a),
            _ => From<TOperand, ulong>(d, result, to, a),
        };

    private static Step From<TOperand, TFrom>(int d, PtxType result, PtxType to, int a)
        where TOperand : unmanaged, IBinaryInteger<TOperand>
        where TFrom : unmanaged, IBinaryInteger<TFrom> => to.Name switch
        {
            "u8" => To<TOperand, TFrom, byte>(d, result, a),
            "s8" => To<TOperand, TFrom, sbyte>(d, result, a),
            "u16" => To<TOperand, TFrom, ushort>(d, result, a),
            "s16" => To<TOperand, TFrom, short>(d, result, a),
            "u32" => To<TOperand, TFrom, uint>(d, result, a),
            "s32" => To<TOperand, TFrom, int>(d, result, a),
            _ => To<TOperand, TFrom, ulong>(d, result, a),
        };

    private static Step To<TOperand, TFrom, TTo>(int d, PtxType result, int a)
        where TOperand : unmanaged, IBinaryInteger<TOperand>
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where TTo : unmanaged, IBinaryInteger<TTo> => result.Bytes switch
        {
            2 => new UnaryStep<Cast<TOperand, TFrom, TTo, ushort>, TOperand, ushort>(d, a),
            4 => new UnaryStep<Cast<TOperand, TFrom, TTo, uint>, TOperand, uint>(d, a),
            _ => new UnaryStep<Cast<TOperand, TFrom, TTo, ulong>, TOperand, ulong>(d, a),
        };

    private readonly struct Cast<TOperand, TFrom, TTo, TResult> : IUnary<TOperand, TResult>
        where TOperand : unmanaged, IBinaryInteger<TOperand>
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where TTo : unmanaged, IBinaryInteger<TTo>
        where TResult : unmanaged, IBinaryInteger<TResult>
    {
        public static TResult Apply(TOperand a) =>
            TResult.CreateTruncating(TTo.CreateTruncating(TFrom.CreateTruncating(a)));
    }
}
