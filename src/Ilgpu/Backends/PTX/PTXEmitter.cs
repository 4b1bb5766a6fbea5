using System.Globalization;
using System.Text;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Collects the instructions of a kernel, and knows the register of each value.</summary>
internal sealed class PTXEmitter
{
    private readonly PointerTypes pointers;
    private readonly Dictionary<Value, string> names = [];
    private readonly StringBuilder text = new();
    private int labels;

    public PTXEmitter(KernelForm form)
    {
        pointers = new PointerTypes(form);
    }

    public PTXRegisters Registers { get; } = new();

    /// <summary>Which memory a pointer points into; a null pointer counts as one into global memory.</summary>
    public AddressSpace SpaceOf(Value pointer) => pointers[pointer].Space is var space && space == AddressSpace.Unknown
        ? AddressSpace.Global
        : space;

    /// <summary>Whether addresses of a pointer have 32 bits: those of shared memory need no more.</summary>
    public bool IsNarrow(Value pointer) => SpaceOf(pointer) == AddressSpace.Shared;

    /// <summary>The type of a register that holds a value, as instructions that only move bits name it.</summary>
    public string BitsOf(Value value) => value.Kind == ValueKind.Pointer && IsNarrow(value) ? "b32" : PTXText.Bits(value.Kind);

    /// <summary>The register in which a value is, or comes to be.</summary>
    public string NameOf(Value value)
    {
        if (!names.TryGetValue(value, out var name))
        {
            names[value] = name = FreshLike(value);
        }

        return name;
    }

    /// <summary>A value that is what another register holds already.</summary>
    public void Bind(Value value, string register) => names[value] = register;

    /// <summary>A register of the type of a value.</summary>
    public string FreshLike(Value value) => value.Kind == ValueKind.Pointer && IsNarrow(value)
        ? Registers.Bits32()
        : Registers.Of(value.Kind);

    /// <summary>A value where a number may stand as well.</summary>
    public string Operand(Value value) => value is Constant constant ? PTXText.Constant(constant) : NameOf(value);

    /// <summary>A value where a register has to stand.</summary>
    public string Register(Value value)
    {
        if (value is not Constant constant)
        {
            return NameOf(value);
        }

        var register = Registers.Of(constant.Kind);
        Emit($"mov.{PTXText.Bits(constant.Kind)}", register, PTXText.Constant(constant));
        return register;
    }

    public string FreshLabel(string purpose) => string.Create(CultureInfo.InvariantCulture, $"${purpose}_{labels++}");

    public void Emit(string instruction, params ReadOnlySpan<string?> operands)
    {
        text.Append("    ").Append(instruction);
        if (!operands.IsEmpty)
        {
            text.Append(' ').AppendJoin(", ", operands);
        }

        text.Append(";\n");
    }

    /// <summary>An instruction that only runs where a condition holds.</summary>
    public void EmitIf(string predicate, string instruction, params ReadOnlySpan<string?> operands) =>
        Emit($"@{predicate} {instruction}", operands);

    /// <summary>A line that is complete.</summary>
    public void Verbatim(string line) => text.Append("    ").Append(line).Append('\n');

    /// <summary>Says at the last instruction what the source calls its result.</summary>
    public void Comment(string name)
    {
        text.Length--;
        text.Append(" // ").Append(name).Append('\n');
    }

    public void Label(string label) => text.Append(label).Append(":\n");

    public override string ToString() => text.ToString();
}
