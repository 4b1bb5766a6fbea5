namespace IlgpuVq.Tests.Ptx.Syntax;

internal enum TypeClass
{
    Predicate,
    Bits,
    Unsigned,
    Signed,
    Float,

    /// <summary>Formats that no register is declared with: their bits lie in registers of kind <see cref="Bits"/>.</summary>
    Alternate,
}

/// <summary>A type of an instruction or of a register, as <c>.u32</c>.</summary>
internal sealed record PtxType(string Name, TypeClass Class, int Bytes)
{
    private static readonly Dictionary<string, PtxType> ByName = new PtxType[]
    {
        new("pred", TypeClass.Predicate, 0),
        new("b8", TypeClass.Bits, 1), new("u8", TypeClass.Unsigned, 1), new("s8", TypeClass.Signed, 1),
        new("b16", TypeClass.Bits, 2), new("u16", TypeClass.Unsigned, 2), new("s16", TypeClass.Signed, 2),
        new("b32", TypeClass.Bits, 4), new("u32", TypeClass.Unsigned, 4), new("s32", TypeClass.Signed, 4),
        new("b64", TypeClass.Bits, 8), new("u64", TypeClass.Unsigned, 8), new("s64", TypeClass.Signed, 8),
        new("f16", TypeClass.Float, 2), new("f16x2", TypeClass.Float, 4),
        new("f32", TypeClass.Float, 4), new("f64", TypeClass.Float, 8),
        new("bf16", TypeClass.Alternate, 2), new("bf16x2", TypeClass.Alternate, 4), new("tf32", TypeClass.Alternate, 4),
    }.ToDictionary(type => type.Name);

    public static PtxType Pred { get; } = ByName["pred"];

    public static PtxType B32 { get; } = ByName["b32"];

    public static PtxType B64 { get; } = ByName["b64"];

    public bool IsFloat => Class is TypeClass.Float or TypeClass.Alternate;

    public bool IsInteger => Class is TypeClass.Unsigned or TypeClass.Signed;

    public bool IsSigned => Class == TypeClass.Signed;

    public int Bits => Bytes * 8;

    public static PtxType? Find(string name) => ByName.GetValueOrDefault(name);

    public static PtxType Get(string name) => ByName[name];

    /// <summary>
    /// Whether an operand of this type may stand where an instruction says <paramref name="instruction"/>: sizes are equal,
    /// untyped bits agree with everything, integers with integers, floats with floats of the same format.
    /// </summary>
    public bool Agrees(PtxType instruction) =>
        this == instruction
        || (Class != TypeClass.Predicate && instruction.Class != TypeClass.Predicate && Bytes == instruction.Bytes
            && (Class == TypeClass.Bits || instruction.Class == TypeClass.Bits || (IsInteger && instruction.IsInteger)));

    /// <summary>
    /// Whether a register of this type may hold what a load, store or conversion of <paramref name="instruction"/> moves.
    /// Integers and bits may have more room than they need; a float only in a register of bits.
    /// </summary>
    public bool Holds(PtxType instruction) =>
        Agrees(instruction)
        || (Bytes > instruction.Bytes && Class != TypeClass.Predicate && instruction.Class switch
        {
            TypeClass.Bits => true,
            TypeClass.Unsigned or TypeClass.Signed => !IsFloat,
            TypeClass.Float or TypeClass.Alternate => Class == TypeClass.Bits,
            _ => false,
        });

    public override string ToString() => "." + Name;
}
