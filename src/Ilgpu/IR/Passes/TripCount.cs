namespace ILGPU.IR.Passes;

/// <summary>How often a loop goes round, found by doing its counting.</summary>
internal static class TripCount
{
    /// <summary>
    /// The number of times that the header is entered again before a test that is met in every round ends the loop; null where
    /// that depends on what is not known, or where it is more than <paramref name="limit"/>.
    /// </summary>
    public static int? Of(Loop loop, List<(Block From, Edge Edge)> edgesIntoHeader, Dominators dominators, int limit)
    {
        var entries = edgesIntoHeader.FindAll(entry => !loop.Body.Contains(entry.From));
        var latches = edgesIntoHeader.FindAll(entry => loop.Body.Contains(entry.From));
        if (entries is not [var (_, entry)] || latches is not [var (latch, back)])
        {
            return null;
        }

        var exits = loop.Body.Where(block => dominators.Dominates(block, latch) && block.Terminator.Condition is not null &&
            block.Successors.Any(successor => !loop.Body.Contains(successor)));
        foreach (var exit in exits)
        {
            if (Count(loop, exit, entry, back, limit) is { } rounds)
            {
                return rounds;
            }
        }

        return null;
    }

    private static int? Count(Loop loop, Block exit, Edge entry, Edge back, int limit)
    {
        var parameters = loop.Header.Parameters;
        var current = new Dictionary<Value, Constant?>();
        for (var i = 0; i < parameters.Count; i++)
        {
            current[parameters[i]] = entry.Arguments[i] as Constant;
        }

        var leavesWhenTrue = !loop.Body.Contains(exit.Terminator.Edges[0].Target);
        for (var round = 0; round <= limit; round++)
        {
            var known = new Dictionary<Value, Constant?>(current);
            if (Evaluate(exit.Terminator.Condition!, known) is not { } condition)
            {
                return null;
            }

            if (!condition.IsZero == leavesWhenTrue)
            {
                return round;
            }

            for (var i = 0; i < parameters.Count; i++)
            {
                current[parameters[i]] = Evaluate(back.Arguments[i], known);
            }
        }

        return null;
    }

    private static Constant? Evaluate(Value value, Dictionary<Value, Constant?> known)
    {
        if (value is Constant constant)
        {
            return constant;
        }

        if (known.TryGetValue(value, out var result))
        {
            return result;
        }

        if (value is Instruction { IsPure: true, Operation: not Operation.Thread } instruction)
        {
            var operands = new Value[instruction.Operands.Length];
            var isKnown = true;
            for (var i = 0; i < operands.Length && isKnown; i++)
            {
                isKnown = Evaluate(instruction[i], known) is { } operand && (operands[i] = operand) is not null;
            }

            result = isKnown
                ? Folding.Fold(instruction.Operation, instruction.Kind, operands, instruction.Detail) as Constant
                : null;
        }

        return known[value] = result;
    }
}
