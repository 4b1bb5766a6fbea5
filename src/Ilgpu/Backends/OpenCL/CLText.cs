using System.Globalization;
using ILGPU.IR;

namespace ILGPU.Backends.OpenCL;

/// <summary>How tightly the operators of C bind.</summary>
internal enum CLPrecedence
{
    Conditional,
    LogicalOr,
    LogicalAnd,
    BitOr,
    BitXor,
    BitAnd,
    Equality,
    Relation,
    Shift,
    Sum,
    Product,
    Prefix,
    Primary,
}

/// <summary>An expression of OpenCL C.</summary>
/// <param name="Text">The expression.</param>
/// <param name="Precedence">Of its outermost operator.</param>
/// <param name="IsUnsigned">Of integers: its type in C has no sign. Sums do not have one, as signed ones must not wrap around.</param>
internal readonly record struct CLExpression(string Text, CLPrecedence Precedence, bool IsUnsigned = false)
{
    /// <summary>The expression, in parentheses where it binds less tightly.</summary>
    public string Within(CLPrecedence precedence) => Precedence >= precedence ? Text : $"({Text})";

    public override string ToString() => Text;
}

/// <summary>Names of types and constants.</summary>
internal static class CLText
{
    public static string TypeOf(NumberType type) => type switch
    {
        NumberType.Int8 => "char",
        NumberType.UInt8 => "uchar",
        NumberType.Int16 => "short",
        NumberType.UInt16 => "ushort",
        NumberType.Int32 => "int",
        NumberType.UInt32 => "uint",
        NumberType.Int64 => "long",
        NumberType.UInt64 => "ulong",
        NumberType.Float32 => "float",
        _ => "double",
    };

    public static string TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Bool => "bool",
        ValueKind.Int32 => "int",
        ValueKind.Int64 => "long",
        ValueKind.Float32 => "float",
        _ => "double",
    };

    public static string TypeOf(PointerType type) => $"{SpaceOf(type.Space)} {TypeOf(type.Element)}*";

    public static string SpaceOf(AddressSpace space) => space switch
    {
        AddressSpace.Shared => "local",
        AddressSpace.Private => "private",
        _ => "global",
    };

    public static CLExpression Constant(Constant constant) => constant.Kind switch
    {
        ValueKind.Bool => Primary(constant.IsZero ? "false" : "true"),
        ValueKind.Pointer => Primary("0"),
        ValueKind.Float32 => Float(
            constant.AsFloat,
            constant.AsFloat.ToString("R", CultureInfo.InvariantCulture) + "f",
            "as_float(0x7fc00000)",
            "INFINITY"),

        // INFINITY is a float: functions of two types would not know which one is meant.
        ValueKind.Float64 => Float(
            constant.AsDouble,
            constant.AsDouble.ToString("R", CultureInfo.InvariantCulture),
            "as_double(0x7ff8000000000000L)",
            "as_double(0x7ff0000000000000L)"),
        ValueKind.Int32 => Integer(constant.Bits, int.MinValue, ""),
        _ => Integer(constant.Bits, long.MinValue, "L"),
    };

    /// <summary>A constant among unsigned operands, which makes them unsigned.</summary>
    public static CLExpression UnsignedConstant(Constant constant) => new(
        (constant.Kind == ValueKind.Int32 ? (uint)constant.Bits : (ulong)constant.Bits).ToString(CultureInfo.InvariantCulture) +
        (constant.Kind == ValueKind.Int32 ? "u" : "ul"),
        CLPrecedence.Primary,
        IsUnsigned: true);

    public static CLExpression Primary(string text, bool isUnsigned = false) => new(text, CLPrecedence.Primary, isUnsigned);

    /// <summary>An identifier of C, made from a name of C#.</summary>
    public static string Identifier(string name)
    {
        var letters = name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_').ToArray();
        var identifier = new string(letters);

        // C keeps names with an underscore in front for itself.
        return identifier.Length == 0 || !char.IsAsciiLetter(identifier[0]) ? $"x{identifier}" : identifier;
    }

    private static CLExpression Integer(long value, long smallest, string suffix) => value == smallest
        ? new($"(-{long.MaxValue & -(smallest + 1)}{suffix} - 1)", CLPrecedence.Primary)
        : new($"{value.ToString(CultureInfo.InvariantCulture)}{suffix}", value < 0 ? CLPrecedence.Prefix : CLPrecedence.Primary);

    private static CLExpression Float(double value, string digits, string notANumber, string infinity)
    {
        if (double.IsNaN(value))
        {
            return Primary(notANumber);
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? Primary(infinity) : new("-" + infinity, CLPrecedence.Prefix);
        }

        var text = digits.AsSpan().ContainsAny('.', 'E') ? digits : digits.EndsWith('f') ? $"{digits[..^1]}.0f" : $"{digits}.0";
        return new(text, double.IsNegative(value) ? CLPrecedence.Prefix : CLPrecedence.Primary);
    }
}
