using System.Reflection.Emit;

namespace ILGPU.Frontend;

/// <summary>One instruction of intermediate language.</summary>
/// <param name="Offset">The position of the first byte within the method.</param>
/// <param name="OpCode">The operation.</param>
/// <param name="Operand">Integers, metadata tokens, variable numbers and branch targets (absolute offsets) as a number,
/// floating-point constants as their bits; zero without operand. For a switch, the number of targets.</param>
/// <param name="Targets">The absolute offsets of a switch.</param>
internal readonly record struct Instruction(int Offset, OpCode OpCode, long Operand, int[]? Targets = null)
{
    /// <summary>The operand as a metadata token.</summary>
    public int Token => (int)Operand;

    public override string ToString() => $"IL_{Offset:x4}: {OpCode.Name} {Operand:x}";
}
