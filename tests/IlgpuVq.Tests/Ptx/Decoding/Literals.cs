using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Numbers in the text as bits of a type.</summary>
internal static class Literals
{
    public static ulong Bits(InstructionReader reader, Operand literal, PtxType type) => (literal, type.Class) switch
    {
        (IntegerOperand integer, TypeClass.Bits or TypeClass.Unsigned or TypeClass.Signed) =>
            Integer(reader, integer.Value, type),
        (FloatOperand number, TypeClass.Float or TypeClass.Bits) when type.Bytes == 4 && type.Name != "f16x2" =>
            Single(reader, number),
        (FloatOperand number, TypeClass.Float or TypeClass.Bits) when type.Bytes == 8 =>
            BitConverter.DoubleToUInt64Bits(number.Value),
        _ => throw reader.Error($"expected a register or a literal of {type}; got {literal}"),
    };

    private static ulong Integer(InstructionReader reader, Int128 value, PtxType type)
    {
        var fits = value >= -(Int128.One << (type.Bits - 1)) && value < Int128.One << type.Bits;
        return fits ? (ulong)(UInt128)value : throw reader.Error($"expected a literal that {type} can hold; got {value}");
    }

    private static ulong Single(InstructionReader reader, FloatOperand number)
    {
        if (number.Bits == 32)
        {
            return number.Pattern;
        }

        var single = (float)number.Value;
        return float.IsFinite(single) || !double.IsFinite(number.Value)
            ? BitConverter.SingleToUInt32Bits(single)
            : throw reader.Error($"expected a literal that .f32 can hold; got {number}");
    }
}
