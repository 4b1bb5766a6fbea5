using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Conversions from and to the formats of the tensor cores.</summary>
internal static unsafe class PackedConversions
{
    /// <summary>Two floats as two halves of a register: the first one is the upper half.</summary>
    public static Step Pack(InstructionReader reader, PtxType to, PtxType from, string? rounding, bool relu)
    {
        if (from.Name != "f32" || rounding is not ("rn" or "rz"))
        {
            throw reader.Error($"expected .rn or .rz and .f32 before {to}");
        }

        reader.Require(7, 0, 80);
        var (d, a, b) = (reader.Destination(to), reader.Source(from), reader.Source(from));
        var narrow = Narrow(reader, to.Name == "f16x2" ? "f16" : "bf16", rounding, relu);
        return new LaneStep((warp, lane) => warp.Register<uint>(d)[lane] =
            (narrow(warp.Register<float>(a)[lane]) << 16) | narrow(warp.Register<float>(b)[lane]));
    }

    /// <summary>One number from or to a format that no register has.</summary>
    public static Step Alternate(InstructionReader reader, PtxType to, PtxType from, string? rounding, bool relu)
    {
        if (from.Name == "bf16" && to.Name == "f32")
        {
            reader.Require(7, 1, 80);
            var (wide, bits) = (reader.Destination(to), reader.Source(from));
            return new LaneStep((warp, lane) =>
                warp.Register<uint>(wide)[lane] = (uint)warp.Register<ushort>(bits)[lane] << 16);
        }

        if (from.Name != "f32" || to.Name is not ("bf16" or "tf32" or "f16"))
        {
            throw reader.Error($"conversions from {from} to {to} are not interpreted");
        }

        reader.Require(7, to.Name == "tf32" && rounding != "rna" ? 8 : 0, to.Name == "tf32" && rounding != "rna" ? 90 : 80);
        var (d, a) = (reader.Destination(to), reader.Source(from));
        var narrow = Narrow(reader, to.Name, rounding!, relu);
        return to.Bytes == 4
            ? new LaneStep((warp, lane) => warp.Register<uint>(d)[lane] = narrow(warp.Register<float>(a)[lane]))
            : new LaneStep((warp, lane) => warp.Register<ushort>(d)[lane] = (ushort)narrow(warp.Register<float>(a)[lane]));
    }

    private static Func<float, uint> Narrow(InstructionReader reader, string format, string rounding, bool relu)
    {
        Func<float, uint> narrow = (format, rounding) switch
        {
            ("bf16", "rn") => x => Cut(x, 16, toEven: true),
            ("bf16", "rz") => x => float.IsNaN(x) ? 0x7FFF : BitConverter.SingleToUInt32Bits(x) >> 16,
            ("tf32", "rna") => x => Cut(x, 13, toEven: false) << 13,
            ("tf32", "rn") => x => Cut(x, 13, toEven: true) << 13,
            ("tf32", "rz") => x => float.IsNaN(x) ? 0x7FFF_E000 : BitConverter.SingleToUInt32Bits(x) & 0xFFFF_E000,
            ("f16", "rn") => x => float.IsNaN(x) ? 0x7FFFu : BitConverter.HalfToUInt16Bits((Half)x),
            _ => throw reader.Error($"rounding .{rounding} to .{format} is not interpreted"),
        };
        return relu ? x => narrow(x > 0 || float.IsNaN(x) ? x : 0) : narrow;
    }

    /// <summary>The upper bits of a float, rounded to the nearest; halves to even, or away from zero.</summary>
    private static uint Cut(float x, int lost, bool toEven)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        if (float.IsNaN(x))
        {
            return 0x7FFF_FFFFu >> lost;
        }

        var half = 1u << (lost - 1);
        return (bits + (toEven ? half - 1 + (bits >> lost & 1) : half)) >> lost;
    }
}
