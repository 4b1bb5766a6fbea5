using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Conversions with floats, or that saturate, as functions of bits.</summary>
internal static class NumberConversions
{
    /// <summary>Integers come extended to 64 bits.</summary>
    public static Func<ulong, ulong> Find(
        InstructionReader reader, PtxType to, PtxType from, string? rounding, bool flushes, bool saturates)
    {
        if (!from.IsFloat)
        {
            return to.IsFloat
                ? FromInteger(reader, to, from.IsSigned, rounding!, saturates)
                : bits => Clamp(from.IsSigned ? (long)bits : (Int128)bits, to);
        }

        Func<ulong, double> read = from.Name switch
        {
            "f16" => bits => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
            "f32" when flushes => bits => FloatModes.Flush(BitConverter.UInt32BitsToSingle((uint)bits)),
            "f32" => bits => BitConverter.UInt32BitsToSingle((uint)bits),
            _ => BitConverter.UInt64BitsToDouble,
        };
        Func<double, double> round = rounding switch
        {
            "rni" => x => Math.Round(x, MidpointRounding.ToEven),
            "rzi" => Math.Truncate,
            "rmi" => Math.Floor,
            "rpi" => Math.Ceiling,
            _ => x => x,
        };
        if (!to.IsFloat)
        {
            var nan = from.Bytes == 8 || to.Bytes == 8 ? 1UL << (to.Bits - 1) : 0;
            return bits => read(bits) is var x && double.IsNaN(x) ? nan : Clamp(ToInteger(round(x)), to);
        }

        var write = Writer(reader, to, rounding, flushes);
        return saturates
            ? bits => write(round(read(bits)) is var x && x > 0 ? Math.Min(x, 1) : 0)
            : bits => write(round(read(bits)));
    }

    private static Func<ulong, ulong> FromInteger(
        InstructionReader reader, PtxType to, bool isSigned, string rounding, bool saturates)
    {
        if (rounding != "rn")
        {
            throw reader.Error($"rounding .{rounding} of integers is not interpreted");
        }

        Func<ulong, ulong> convert = to.Bytes == 8
            ? bits => BitConverter.DoubleToUInt64Bits(isSigned ? (long)bits : (double)bits)
            : bits => ToNarrow(isSigned && (long)bits < 0 ? -Exact(0 - bits) : Exact(bits), to);
        return saturates
            ? bits => isSigned && (long)bits < 0 ? 0 : convert(bits == 0 ? 0UL : 1)
            : convert;
    }

    /// <summary>
    /// A double that rounds to a narrower format as the integer does: what has no room in it leaves one bit behind.
    /// </summary>
    private static double Exact(ulong magnitude)
    {
        const int Lost = 11;
        var sticky = (magnitude & ((1 << Lost) - 1)) == 0 ? 0UL : 1;
        return magnitude >> 53 == 0 ? magnitude : (double)((magnitude >> Lost) | sticky) * (1 << Lost);
    }

    private static ulong ToNarrow(double x, PtxType to) =>
        to.Bytes == 2 ? BitConverter.HalfToUInt16Bits((Half)x) : BitConverter.SingleToUInt32Bits((float)x);

    private static Func<double, ulong> Writer(InstructionReader reader, PtxType to, string? rounding, bool flushes)
    {
        if (to.Bytes == 8)
        {
            return BitConverter.DoubleToUInt64Bits;
        }

        if (to.Bytes == 2)
        {
            return rounding is "rz" or "rm" or "rp"
                ? throw reader.Error($"rounding .{rounding} to .f16 is not interpreted")
                : x => double.IsNaN(x) ? 0x7FFFUL : BitConverter.HalfToUInt16Bits((Half)x);
        }

        Func<double, float> narrow = rounding switch
        {
            "rz" => x => DirectedRounding.Round<TowardZero>(x, 0),
            "rm" => x => DirectedRounding.Round<Downward>(x, 0),
            "rp" => x => DirectedRounding.Round<Upward>(x, 0),
            _ => x => (float)x,
        };
        return flushes
            ? x => BitConverter.SingleToUInt32Bits(FloatModes.Result<FlushMode>(narrow(x)))
            : x => BitConverter.SingleToUInt32Bits(FloatModes.Result<PlainMode>(narrow(x)));
    }

    private static Int128 ToInteger(double x) => double.IsInfinity(x)
        ? double.IsPositive(x) ? Int128.MaxValue : Int128.MinValue
        : Int128.CreateSaturating(x);

    /// <summary>The nearest value that the type has.</summary>
    private static ulong Clamp(Int128 value, PtxType to)
    {
        var lowest = to.IsSigned ? -(Int128.One << (to.Bits - 1)) : 0;
        var highest = (Int128.One << (to.IsSigned ? to.Bits - 1 : to.Bits)) - 1;
        return (ulong)(UInt128)Int128.Clamp(value, lowest, highest);
    }
}
