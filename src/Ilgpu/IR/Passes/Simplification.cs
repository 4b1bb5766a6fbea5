namespace ILGPU.IR.Passes;

/// <summary>Makes the form as small as it gets without knowing more: repeats simple steps until none changes anything.</summary>
/// <remarks>Folds operations, computes equal values once, decides branches on constants, removes what nobody uses, and joins blocks
/// that always follow each other.</remarks>
internal static class Simplification
{
    /// <returns>Whether anything changed.</returns>
    public static bool Run(KernelForm form)
    {
        var changed = false;
        while (ParameterSimplification.Run(form) | FoldInstructions(form) | BranchSimplification.Run(form) | DeadCode.Run(form))
        {
            changed = true;
        }

        return changed;
    }

    private static bool FoldInstructions(KernelForm form)
    {
        var blocks = form.Blocks();
        var dominators = new Dominators(blocks, KernelForm.EdgesInto(blocks));
        var replacements = new Dictionary<Value, Value>();
        var known = new Dictionary<OperationKey, List<(Instruction Instruction, Block Block)>>();
        foreach (var block in blocks)
        {
            var kept = new List<Instruction>(block.Instructions.Count);
            foreach (var instruction in block.Instructions)
            {
                for (var operand = 0; operand < instruction.Operands.Length; operand++)
                {
                    instruction.Operands[operand] = Substitution.Resolve(instruction[operand], replacements);
                }

                var value = FoldAll(instruction);
                if (value is Instruction fresh && (fresh == instruction || !fresh.IsPlaced))
                {
                    value = fresh.IsPure ? Known(fresh, block) : fresh;
                    if (value == fresh)
                    {
                        fresh.IsPlaced = true;
                        kept.Add(fresh);
                    }
                }

                if (value != instruction)
                {
                    value.Name ??= instruction.Name;
                    replacements[instruction] = value;
                }
            }

            block.Instructions.Clear();
            block.Instructions.AddRange(kept);
        }

        Substitution.Apply(blocks, replacements);
        return replacements.Count > 0;

        // The same value from a block that always runs before, else this one.
        Instruction Known(Instruction instruction, Block block)
        {
            var key = new OperationKey(instruction);
            var equals = known.TryGetValue(key, out var list) ? list : known[key] = [];
            if (equals.Find(candidate => dominators.Dominates(candidate.Block, block)).Instruction is { } earlier)
            {
                return earlier;
            }

            equals.Add((instruction, block));
            return instruction;
        }
    }

    private static Value FoldAll(Instruction instruction)
    {
        Value value = instruction;
        while (value is Instruction current && Folding.Fold(current.Operation, current.Kind, current.Operands, current.Detail)
            is { } simpler)
        {
            value = simpler;
        }

        return value;
    }

    /// <summary>Operations that give the same value.</summary>
    private readonly struct OperationKey(Instruction instruction) : IEquatable<OperationKey>
    {
        private readonly Instruction instruction = instruction;

        public bool Equals(OperationKey other) =>
            instruction.Operation == other.instruction.Operation &&
            instruction.Kind == other.instruction.Kind &&
            Equals(instruction.Detail, other.instruction.Detail) &&
            instruction.Operands.AsSpan().SequenceEqual(other.instruction.Operands);

        public override bool Equals(object? obj) => obj is OperationKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(instruction.Operation);
            hash.Add(instruction.Detail);
            foreach (var operand in instruction.Operands)
            {
                hash.Add(operand);
            }

            return hash.ToHashCode();
        }
    }
}
