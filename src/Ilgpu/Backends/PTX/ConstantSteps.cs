using ILGPU.IR;
using ILGPU.IR.Passes;

namespace ILGPU.Backends.PTX;

/// <summary>
/// Takes constants out of indices: <c>a[(i + 2) * n + 1]</c> with a constant n is 2·n + 1 elements after <c>a[i * n]</c>, a distance that
/// accesses take for free.
/// </summary>
/// <remarks>
/// Sums and products of 32 bits wrap around, so within them this is exact. An index that wraps around at the end would be negative,
/// which is out of bounds anyway; so only what is added to it counts, not what is subtracted. Addresses of shared memory have 32 bits and
/// wrap around as indices do.
/// </remarks>
internal static class ConstantSteps
{
    /// <summary>Sums within products within sums that are looked into.</summary>
    private const int MaxDepth = 6;

    public static void Run(KernelForm form)
    {
        var pointers = new PointerTypes(form);
        var replacements = new Dictionary<Value, Value>();
        var blocks = form.Blocks();
        foreach (var block in blocks)
        {
            var instructions = new List<Instruction>(block.Instructions.Count);
            foreach (var instruction in block.Instructions)
            {
                instructions.Add(
                    instruction.Operation == Operation.Address &&
                    Split(instruction, pointers[instruction].Space == AddressSpace.Shared, instructions) is { } place
                        ? place
                        : instruction);
                if (instructions[^1] != instruction)
                {
                    replacements[instruction] = instructions[^1];
                }
            }

            block.Instructions.Clear();
            block.Instructions.AddRange(instructions);
        }

        Substitution.Apply(blocks, replacements);
        Simplification.Run(form);
    }

    /// <summary>The same step from a smaller index; null if the index has no constant part.</summary>
    private static Instruction? Split(Instruction address, bool wraps, List<Instruction> before)
    {
        if (address[1] is not Instruction
            {
                Operation: Operation.Convert,
                Detail: Conversion { To: NumberType.Int64 },
                Operands: [{ Kind: ValueKind.Int32 } index],
            })
        {
            return null;
        }

        long more = ConstantOf(index, 0);
        if (more == 0 || (more < 0 && !wraps))
        {
            return null;
        }

        var step = (Step)address.Detail!;
        var wide = Place(Operation.Convert, ValueKind.Int64, [Without(index, 0, before)], new Conversion(NumberType.Int64), before);
        return new Instruction(
            Operation.Address, ValueKind.Pointer, [address[0], wide], step with { Offset = step.Offset + (more * step.Scale) })
        {
            IsPlaced = true,
            Name = address.Name,
        };
    }

    /// <summary>The constant part of a number.</summary>
    private static int ConstantOf(Value value, int depth) => value switch
    {
        Constant constant => (int)constant.Bits,
        Instruction { Kind: ValueKind.Int32 } when depth == MaxDepth => 0,
        Instruction { Operation: Operation.Add, Kind: ValueKind.Int32, Operands: [var left, var right] } =>
            unchecked(ConstantOf(left, depth + 1) + ConstantOf(right, depth + 1)),
        Instruction { Operation: Operation.Multiply, Kind: ValueKind.Int32, Operands: [var left, Constant factor] } =>
            unchecked(ConstantOf(left, depth + 1) * (int)factor.Bits),
        _ => 0,
    };

    /// <summary>A number without its constant part.</summary>
    private static Value Without(Value value, int depth, List<Instruction> before)
    {
        if (value is Constant)
        {
            return Constant.Int(0);
        }

        if (ConstantOf(value, depth) == 0 || value is not Instruction instruction)
        {
            return value;
        }

        var left = Without(instruction[0], depth + 1, before);
        var right = instruction.Operation == Operation.Multiply ? instruction[1] : Without(instruction[1], depth + 1, before);
        return Place(instruction.Operation, ValueKind.Int32, [left, right], null, before);
    }

    private static Value Place(Operation operation, ValueKind kind, Value[] operands, object? detail, List<Instruction> before)
    {
        if (Folding.Fold(operation, kind, operands, detail) is { } folded and not Instruction { IsPlaced: false })
        {
            return folded;
        }

        var instruction = new Instruction(operation, kind, operands, detail) { IsPlaced = true };
        before.Add(instruction);
        return instruction;
    }
}
