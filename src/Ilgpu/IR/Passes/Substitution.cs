namespace ILGPU.IR.Passes;

/// <summary>Puts other values in the place of values, everywhere.</summary>
internal static class Substitution
{
    /// <summary>Follows replacements of replacements to their end.</summary>
    public static Value Resolve(Value value, Dictionary<Value, Value> replacements)
    {
        while (replacements.TryGetValue(value, out var next))
        {
            value = next;
        }

        return value;
    }

    public static void Apply(IEnumerable<Block> blocks, Dictionary<Value, Value> replacements)
    {
        if (replacements.Count == 0)
        {
            return;
        }

        foreach (var block in blocks)
        {
            foreach (var instruction in block.Instructions)
            {
                Apply(instruction.Operands, replacements);
            }

            if (block.Terminator.Condition is { } condition)
            {
                block.Terminator.Condition = Resolve(condition, replacements);
            }

            foreach (var edge in block.Terminator.Edges)
            {
                for (var i = 0; i < edge.Arguments.Count; i++)
                {
                    edge.Arguments[i] = Resolve(edge.Arguments[i], replacements);
                }
            }
        }
    }

    private static void Apply(Value[] operands, Dictionary<Value, Value> replacements)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            operands[i] = Resolve(operands[i], replacements);
        }
    }
}
