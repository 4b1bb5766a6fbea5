namespace ILGPU.IR.Passes;

/// <summary>Turns branches that only choose between values into selections: <c>c ? a : b</c>.</summary>
internal static class IfConversion
{
    /// <summary>Instructions that may run in vain on either way.</summary>
    private const int MaxInstructions = 3;

    public static bool Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        var changed = false;
        foreach (var block in blocks)
        {
            if (block.Terminator is not { Condition: { } condition, Edges: [var whenTrue, var whenFalse] } ||
                Meeting(whenTrue, whenFalse, edgesInto) is not { } meeting || meeting == block)
            {
                continue;
            }

            var (trueArguments, falseArguments) = (ArgumentsAt(whenTrue, meeting), ArgumentsAt(whenFalse, meeting));
            if (trueArguments.Zip(falseArguments).Any(pair =>
                pair.First.Kind == ValueKind.Pointer && !pair.First.Equals(pair.Second)))
            {
                continue;
            }

            var arguments = new List<Value>();
            foreach (var edge in new[] { whenTrue, whenFalse }.Where(edge => edge.Target != meeting))
            {
                block.Instructions.AddRange(edge.Target.Instructions);
            }

            for (var i = 0; i < trueArguments.Count; i++)
            {
                var (a, b) = (trueArguments[i], falseArguments[i]);
                if (!a.Equals(b))
                {
                    var select = new Instruction(Operation.Select, a.Kind, [condition, a, b])
                    {
                        Name = meeting.Parameters[i].Name,
                        IsPlaced = true,
                    };
                    block.Instructions.Add(select);
                    a = select;
                }

                arguments.Add(a);
            }

            block.Terminator = Terminator.Jump(meeting, arguments);
            changed = true;
        }

        return changed;
    }

    /// <summary>Where both ways meet, if what lies on them may run in any case.</summary>
    private static Block? Meeting(Edge whenTrue, Edge whenFalse, Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto)
    {
        var (a, b) = (whenTrue.Target, whenFalse.Target);
        var (afterA, afterB) = (After(a, edgesInto), After(b, edgesInto));
        return a == b ? a
            : afterA == b ? b
            : afterB == a ? a
            : afterA is not null && afterA == afterB ? afterA
            : null;
    }

    private static Block? After(Block block, Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto) =>
        edgesInto[block].Count == 1 && block.Parameters.Count == 0 &&
        block.Instructions.Count <= MaxInstructions && block.Instructions.TrueForAll(instruction => instruction.IsSpeculable) &&
        block.Terminator is { Condition: null, Edges: [var edge] }
            ? edge.Target
            : null;

    private static List<Value> ArgumentsAt(Edge edge, Block meeting) =>
        edge.Target == meeting ? edge.Arguments : edge.Target.Terminator.Edges[0].Arguments;
}
