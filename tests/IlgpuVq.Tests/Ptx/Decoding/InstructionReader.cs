using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Takes an instruction apart: its modifiers in their order, then its operands in theirs.</summary>
internal sealed class InstructionReader(PtxModule module, KernelLayout layout, RegisterFile file, PtxInstruction instruction)
{
    private readonly List<int> reads = [];
    private readonly List<int> writes = [];
    private int nextModifier;
    private int nextOperand;
    private (int Offset, uint Flip) guard = (-1, 0);

    public PtxInstruction Instruction => instruction;

    public RegisterFile File => file;

    /// <summary>Set by instructions through which groups see each other.</summary>
    public bool IsGlobalAtomic { get; set; }

    /// <summary>The next operand; null behind the last.</summary>
    public Operand? Peek => nextOperand < instruction.Operands.Count ? instruction.Operands[nextOperand] : null;

    public int OperandsLeft => instruction.Operands.Count - nextOperand;

    public PtxException Error(string message) => new(instruction.Line, $"{instruction.Name}: {message}");

    /// <summary>What an instruction needs of the version of PTX and of the device.</summary>
    public void Require(int major, int minor, int target)
    {
        var version = new PtxVersion(major, minor);
        if (module.Version < version)
        {
            throw Error($"expected .version {version} or later; got {module.Version}");
        }

        if (module.Target < target)
        {
            throw Error($"expected .target sm_{target} or higher; got sm_{module.Target}");
        }
    }

    // Modifiers.

    /// <summary>Takes the next modifier if it is this one.</summary>
    public bool Take(string modifier) => TakeAny(modifier) is not null;

    public string? TakeAny(params ReadOnlySpan<string> modifiers) =>
        nextModifier < instruction.Modifiers.Count && modifiers.Contains(instruction.Modifiers[nextModifier])
            ? instruction.Modifiers[nextModifier++]
            : null;

    public string Expect(params ReadOnlySpan<string> modifiers) =>
        TakeAny(modifiers) ?? throw Error($"expected .{string.Join(" or .", modifiers.ToArray())}; got {NextModifier}");

    /// <summary>Takes a type that the instruction has.</summary>
    public PtxType ExpectType(params ReadOnlySpan<string> names) => PtxType.Get(Expect(names));

    public void EndModifiers()
    {
        if (nextModifier < instruction.Modifiers.Count)
        {
            throw Error($"expected no .{instruction.Modifiers[nextModifier]} here");
        }
    }

    private string NextModifier =>
        nextModifier < instruction.Modifiers.Count ? "." + instruction.Modifiers[nextModifier] : "nothing";

    // Operands.

    /// <summary>The next operand, whatever it is.</summary>
    public Operand Next() => Peek is null
        ? throw Error($"expected more than {instruction.Operands.Count} operands")
        : instruction.Operands[nextOperand++];

    /// <summary>Where a result goes.</summary>
    public int Destination(PtxType type) => Destination(Next(), type, isWide: false).Offset;

    /// <summary>Where a result of a load or conversion goes, whose register may be larger than it.</summary>
    public (int Offset, PtxType Type) WideDestination(PtxType type) => Destination(Next(), type, isWide: true);

    public (int Offset, PtxType Type) Destination(Operand operand, PtxType type, bool isWide)
    {
        if (operand is not NameOperand { IsNegated: false, Offset: 0 } name)
        {
            throw Error($"expected a register for the result; got {operand}");
        }

        if (name.IsSink)
        {
            var held = OfRegister(type);
            return (file.Scratch(held.Bytes), held);
        }

        var register = FindRegister(name, type, isWide);
        var (offset, number) = file.Of(register);
        writes.Add(number);
        return (offset, register.Type);
    }

    public int Source(PtxType type) => Source(Next(), type, isWide: false).Offset;

    public (int Offset, PtxType Type) WideSource(PtxType type) => Source(Next(), type, isWide: true);

    public (int Offset, PtxType Type) Source(Operand operand, PtxType type, bool isWide)
    {
        switch (operand)
        {
            case NameOperand { IsNegated: false, Offset: 0 } name:
                var register = FindRegister(name, type, isWide);
                var (offset, number) = file.Of(register);
                reads.Add(number);
                return (offset, register.Type);
            case IntegerOperand or FloatOperand:
                var held = OfRegister(type);
                return (file.Constant(held.Bytes, Literals.Bits(this, operand, type)), held);
            default:
                throw Error($"expected a register or a literal of {type}; got {operand}");
        }
    }

    /// <summary>A predicate, and all ones to turn it over.</summary>
    public (int Offset, uint Flip) PredicateSource()
    {
        var operand = Next();
        if (operand is not NameOperand name)
        {
            throw Error($"expected a predicate; got {operand}");
        }

        var (offset, number) = file.Of(FindRegister(name with { IsNegated = false }, PtxType.Pred, isWide: false));
        reads.Add(number);
        return (offset, name.IsNegated ? uint.MaxValue : 0);
    }

    /// <summary>The second result behind a bar; -1 for none.</summary>
    public (Operand First, int SecondPredicate) PairDestination()
    {
        var operand = Next();
        return operand is PairOperand pair
            ? (pair.First, Destination(pair.Second, PtxType.Pred, isWide: false).Offset)
            : (operand, -1);
    }

    /// <summary>The elements of a vector, of which there have to be that many.</summary>
    public IReadOnlyList<Operand> Vector(int count)
    {
        var operand = Next();
        return operand is VectorOperand vector && vector.Elements.Count == count
            ? vector.Elements
            : throw Error($"expected a vector of {count}; got {operand}");
    }

    /// <summary>A number that has to stand in the text.</summary>
    public long Literal(long lowest, long highest)
    {
        var operand = Next();
        return operand is IntegerOperand number && number.Value >= lowest && number.Value <= highest
            ? (long)number.Value
            : throw Error($"expected a number from {lowest} to {highest}; got {operand}");
    }

    /// <summary>The number of the instruction that a label stands before.</summary>
    public int Label()
    {
        var operand = Next();
        return operand is NameOperand name && instruction.Scope.FindLabel(name.Name) is { } target
            ? target
            : throw Error($"expected a label of this kernel; got {operand}");
    }

    public PtxVariable? FindVariable(string name) => instruction.Scope.FindVariable(name);

    public PtxRegister? FindRegister(string name) => instruction.Scope.FindRegister(name);

    public ulong AddressOf(PtxVariable variable) => layout.AddressOf(variable);

    /// <summary>Notes that a register is read that was not asked for by <see cref="Source(PtxType)"/>.</summary>
    public int Read(PtxRegister register)
    {
        var (offset, number) = file.Of(register);
        reads.Add(number);
        return offset;
    }

    public void ReadGuard()
    {
        if (instruction.Guard is { } predicate)
        {
            var (offset, number) = file.Of(FindRegister(new NameOperand(predicate.Name), PtxType.Pred, isWide: false));
            reads.Add(number);
            guard = (offset, predicate.IsNegated ? uint.MaxValue : 0);
        }
    }

    /// <summary>All has been taken; the step knows what it came from.</summary>
    public void Finish(Step step)
    {
        EndModifiers();
        if (OperandsLeft > 0)
        {
            throw Error($"expected {nextOperand} operands; got {instruction.Operands.Count}");
        }

        step.Source = instruction;
        (step.Guard, step.GuardFlip) = guard;
        step.Reads = [.. reads];
        step.Writes = [.. writes];
    }

    /// <summary>No register is as small as a byte.</summary>
    private static PtxType OfRegister(PtxType type) => type.Bytes == 1 ? PtxType.B32 : type;

    private PtxRegister FindRegister(NameOperand name, PtxType type, bool isWide)
    {
        if (instruction.Scope.FindRegister(name.Name) is not { } register)
        {
            throw Error(SpecialRegisters.Find(name.Name) is null
                ? $"{name.Name} is not declared as a register"
                : $"{name.Name} can only be read by mov");
        }

        return (isWide ? register.Type.Holds(type) : register.Type.Agrees(type))
            ? register
            : throw Error($"expected a register of {type}; got {register.Name} of {register.Type}");
    }
}
