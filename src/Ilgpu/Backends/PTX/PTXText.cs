using System.Globalization;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Names of types and constants.</summary>
internal static class PTXText
{
    /// <summary>The type of a number in memory.</summary>
    public static string TypeOf(NumberType type) => type switch
    {
        NumberType.Int8 => "s8",
        NumberType.UInt8 => "u8",
        NumberType.Int16 => "s16",
        NumberType.UInt16 => "u16",
        NumberType.Int32 => "s32",
        NumberType.UInt32 => "u32",
        NumberType.Int64 => "s64",
        NumberType.UInt64 => "u64",
        NumberType.Float32 => "f32",
        _ => "f64",
    };

    /// <summary>The type of a number in a register, integers with their sign.</summary>
    public static string Signed(ValueKind kind) => kind switch
    {
        ValueKind.Int32 => "s32",
        ValueKind.Float32 => "f32",
        ValueKind.Float64 => "f64",
        _ => "s64",
    };

    public static string Unsigned(ValueKind kind) => kind == ValueKind.Int32 ? "u32" : "u64";

    /// <summary>The type of a register whose bits only are moved.</summary>
    public static string Bits(ValueKind kind) => kind switch
    {
        ValueKind.Bool => "pred",
        ValueKind.Int32 => "b32",
        ValueKind.Float32 => "f32",
        ValueKind.Float64 => "f64",
        _ => "b64",
    };

    public static string SpaceOf(AddressSpace space) => space switch
    {
        AddressSpace.Shared => "shared",
        AddressSpace.Private => "local",
        _ => "global",
    };

    /// <summary>A constant as an operand; floats by their bits.</summary>
    public static string Constant(Constant constant) => constant.Kind switch
    {
        ValueKind.Float32 => string.Create(CultureInfo.InvariantCulture, $"0f{(int)constant.Bits:X8}"),
        ValueKind.Float64 => string.Create(CultureInfo.InvariantCulture, $"0d{constant.Bits:X16}"),

        // The smallest numbers have no positive counterpart that a minus sign could stand before.
        ValueKind.Int32 when constant.Bits == int.MinValue => "0x80000000",
        ValueKind.Int64 when constant.Bits == long.MinValue => "0x8000000000000000",
        _ => Integer(constant.Bits),
    };

    public static string Integer(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A place in memory: a register or a variable, and a distance in bytes.</summary>
    public static string Address(string start, long offset) => offset switch
    {
        0 => $"[{start}]",
        // A distance below zero is added too: base+-4.
        _ => $"[{start}+{Integer(offset)}]",
    };

    /// <summary>An identifier, made from a name of C#.</summary>
    public static string Identifier(string name)
    {
        var identifier = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        return identifier.Length == 0 || !char.IsAsciiLetter(identifier[0]) ? $"x{identifier}" : identifier;
    }

    /// <summary>The name of a comparison; of floats, all but "not equal" are false if one is NaN.</summary>
    public static string Comparison(Comparison comparison, bool isFloat) => comparison switch
    {
        IR.Comparison.Equal => "eq",
        IR.Comparison.NotEqual => isFloat ? "neu" : "ne",
        IR.Comparison.Less or IR.Comparison.Below => "lt",
        IR.Comparison.LessOrEqual or IR.Comparison.BelowOrEqual => "le",
        IR.Comparison.Greater or IR.Comparison.Above => "gt",
        _ => "ge",
    };
}
