namespace ILGPU.IR.Passes;

/// <summary>Removes instructions and block parameters that no effect depends on.</summary>
internal static class DeadCode
{
    public static bool Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        var argumentsOf = new Dictionary<BlockParameter, List<Value>>();
        foreach (var block in blocks)
        {
            for (var i = 0; i < block.Parameters.Count; i++)
            {
                argumentsOf[block.Parameters[i]] = edgesInto[block].ConvertAll(entry => entry.Edge.Arguments[i]);
            }
        }

        var used = FindUsed(blocks, argumentsOf);
        var changed = false;
        foreach (var block in blocks)
        {
            changed |= block.Instructions.RemoveAll(instruction => !instruction.HasEffect && !used.Contains(instruction)) > 0;
            for (var i = block.Parameters.Count - 1; i >= 0; i--)
            {
                if (!used.Contains(block.Parameters[i]))
                {
                    block.Parameters.RemoveAt(i);
                    edgesInto[block].ForEach(entry => entry.Edge.Arguments.RemoveAt(i));
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static HashSet<Value> FindUsed(IReadOnlyList<Block> blocks, Dictionary<BlockParameter, List<Value>> argumentsOf)
    {
        var used = new HashSet<Value>();
        var pending = new Stack<Value>();
        foreach (var block in blocks)
        {
            foreach (var instruction in block.Instructions.Where(instruction => instruction.HasEffect))
            {
                pending.Push(instruction);
            }

            if (block.Terminator.Condition is { } condition)
            {
                pending.Push(condition);
            }
        }

        while (pending.TryPop(out var value))
        {
            if (!used.Add(value))
            {
                continue;
            }

            var operands = value switch
            {
                Instruction instruction => instruction.Operands,
                BlockParameter parameter => argumentsOf[parameter],
                _ => (IEnumerable<Value>)[],
            };
            foreach (var operand in operands)
            {
                pending.Push(operand);
            }
        }

        return used;
    }
}
