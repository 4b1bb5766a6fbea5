namespace ILGPU.IR;

/// <summary>What a value is while it is in a register. Integers have no sign of their own: operations have.</summary>
internal enum ValueKind
{
    /// <summary>No value: the instruction is there for its effect.</summary>
    None,
    Bool,
    Int32,
    Int64,
    Float32,
    Float64,
    Pointer,
}

/// <summary>A number of a size and sign: what lies in memory, or what a conversion makes.</summary>
internal enum NumberType
{
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Float32,
    Float64,
}

/// <summary>Which memory a pointer points into.</summary>
internal enum AddressSpace
{
    /// <summary>Not known yet, or of a null pointer, which fits all.</summary>
    Unknown,
    Global,
    Shared,
    Private,
}

/// <summary>Facts of the types above.</summary>
internal static class ValueKinds
{
    public static int SizeOf(NumberType type) => type switch
    {
        NumberType.Int8 or NumberType.UInt8 => 1,
        NumberType.Int16 or NumberType.UInt16 => 2,
        NumberType.Int32 or NumberType.UInt32 or NumberType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The size of a value in a register, in bytes; addresses have 8.</summary>
    public static int SizeOf(Value value) =>
        value.Kind is ValueKind.Int64 or ValueKind.Float64 or ValueKind.Pointer ? sizeof(long) : sizeof(int);

    /// <summary>The register that holds such a number.</summary>
    public static ValueKind KindOf(NumberType type) => type switch
    {
        NumberType.Float32 => ValueKind.Float32,
        NumberType.Float64 => ValueKind.Float64,
        NumberType.Int64 or NumberType.UInt64 => ValueKind.Int64,
        _ => ValueKind.Int32,
    };

    public static bool IsFloat(ValueKind kind) => kind is ValueKind.Float32 or ValueKind.Float64;

    public static bool IsInteger(ValueKind kind) => kind is ValueKind.Int32 or ValueKind.Int64;

    public static bool IsFloat(NumberType type) => type is NumberType.Float32 or NumberType.Float64;

    public static bool IsUnsigned(NumberType type) =>
        type is NumberType.UInt8 or NumberType.UInt16 or NumberType.UInt32 or NumberType.UInt64;
}
