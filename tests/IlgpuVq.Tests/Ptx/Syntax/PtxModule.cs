namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>The text of a module, taken apart. Nothing is checked yet but the grammar.</summary>
internal sealed record PtxModule(
    PtxVersion Version,
    int Target,
    IReadOnlyList<PtxVariable> Variables,
    IReadOnlyList<PtxEntry> Entries);

internal readonly record struct PtxVersion(int Major, int Minor) : IComparable<PtxVersion>
{
    public static bool operator <(PtxVersion left, PtxVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(PtxVersion left, PtxVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(PtxVersion left, PtxVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PtxVersion left, PtxVersion right) => left.CompareTo(right) >= 0;

    public int CompareTo(PtxVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public override string ToString() => $"{Major}.{Minor}";
}

internal enum StateSpace
{
    Generic,
    Global,
    Const,
    Shared,
    Local,
    Param,
}

/// <summary>A variable or parameter. <paramref name="Bytes"/> is -1 for the shared memory that the launch brings.</summary>
internal sealed record PtxVariable(
    StateSpace Space, PtxType Type, string Name, int Alignment, long Bytes, byte[] Initial, int Line);

internal sealed record PtxEntry(
    string Name,
    IReadOnlyList<PtxVariable> Parameters,
    IReadOnlyList<PtxInstruction> Instructions,
    PtxScope Scope,
    IReadOnlyList<PtxVariable> Variables,
    PtxLimits Limits,
    int Line);

/// <summary>What the directives of an entry promise about its launches; 0 where nothing is promised.</summary>
internal sealed record PtxLimits(int MaxThreads = 0, bool IsExact = false, int MinGroups = 0, int MaxRegisters = 0);

/// <summary>An instruction with the names of its modifiers, as <c>["rn", "f32"]</c>.</summary>
internal sealed record PtxInstruction(
    string Opcode,
    IReadOnlyList<string> Modifiers,
    IReadOnlyList<Operand> Operands,
    Guard? Guard,
    PtxScope Scope,
    int Line)
{
    public string Name => string.Join('.', [Opcode, .. Modifiers]);
}

/// <summary>The predicate before an instruction, as <c>@!%p1</c>.</summary>
internal sealed record Guard(string Name, bool IsNegated);

internal abstract record Operand;

/// <summary>A register, a special register, a variable, a label, or <c>_</c>.</summary>
internal sealed record NameOperand(string Name, bool IsNegated = false, long Offset = 0) : Operand
{
    public bool IsSink => Name == "_";

    public override string ToString() => (IsNegated ? "!" : "") + Name + (Offset == 0 ? "" : $"+{Offset}");
}

internal sealed record IntegerOperand(Int128 Value) : Operand
{
    public override string ToString() => Value.ToString();
}

/// <summary>A floating-point literal: of 32 bits as <c>0f3F800000</c>, else of 64.</summary>
internal sealed record FloatOperand(double Value, int Bits, ulong Pattern) : Operand
{
    public override string ToString() => FormattableString.Invariant($"{Value}");
}

internal sealed record VectorOperand(IReadOnlyList<Operand> Elements) : Operand
{
    public override string ToString() => $"{{{string.Join(", ", Elements)}}}";
}

/// <summary>Two results, as <c>%r1|%p1</c>.</summary>
internal sealed record PairOperand(NameOperand First, NameOperand Second) : Operand
{
    public override string ToString() => $"{First}|{Second}";
}

/// <summary>A place in memory: <c>[base + offset]</c>, the base being a name or missing.</summary>
internal sealed record AddressOperand(string? Base, long Offset) : Operand
{
    public override string ToString() => $"[{Base}{(Offset == 0 ? "" : $"+{Offset}")}]";
}
