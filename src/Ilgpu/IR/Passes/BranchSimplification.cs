namespace ILGPU.IR.Passes;

/// <summary>Decides branches that are known, and joins blocks.</summary>
internal static class BranchSimplification
{
    public static bool Run(KernelForm form)
    {
        var changed = DecideBranches(form.Blocks());
        changed |= SkipEmptyBlocks(form);
        changed |= JoinBlocks(form);
        return changed;
    }

    private static bool DecideBranches(IReadOnlyList<Block> blocks)
    {
        var changed = false;

        // Backwards, so that failure spreads to what leads to it in one go.
        foreach (var block in blocks.Reverse())
        {
            var terminator = block.Terminator;
            if (terminator is { Condition: null, Edges: [var only] })
            {
                if (Fails(only.Target) && only.Target != block)
                {
                    block.Terminator = Terminator.Unreachable;
                    changed = true;
                }

                continue;
            }

            if (terminator.Condition is not { } condition)
            {
                continue;
            }

            var (whenTrue, whenFalse) = (terminator.Edges[0], terminator.Edges[1]);
            Terminator? decided = condition switch
            {
                Constant constant => new(null, constant.IsZero ? whenFalse : whenTrue),
                _ when Fails(whenTrue.Target) && Fails(whenFalse.Target) => Terminator.Unreachable,
                _ when Fails(whenTrue.Target) => new(null, whenFalse),
                _ when Fails(whenFalse.Target) => new(null, whenTrue),
                _ when whenTrue.Target == whenFalse.Target && whenTrue.Arguments.SequenceEqual(whenFalse.Arguments) =>
                    new(null, whenTrue),
                Instruction { Operation: Operation.Not } not => Terminator.Branch(not[0], whenFalse, whenTrue),
                _ => null,
            };
            if (decided is not null)
            {
                block.Terminator = decided;
                changed = true;
            }
        }

        return changed;
    }

    private static bool Fails(Block block) => block.Terminator == Terminator.Unreachable;

    /// <summary>Leads edges past blocks that only jump on.</summary>
    private static bool SkipEmptyBlocks(KernelForm form)
    {
        var changed = false;
        foreach (var block in form.Blocks())
        {
            foreach (var edge in block.Terminator.Edges)
            {
                // A loop of empty blocks would be followed for ever.
                for (var steps = 0; steps < 100; steps++)
                {
                    if (edge.Target is not { Parameters: [], Instructions: [], Terminator: { Condition: null, Edges: [var next] } }
                        || next.Target == edge.Target)
                    {
                        break;
                    }

                    edge.Target = next.Target;
                    edge.Arguments.AddRange(next.Arguments);
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static bool JoinBlocks(KernelForm form)
    {
        var changed = false;
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        var replacements = new Dictionary<Value, Value>();
        var joined = new HashSet<Block>();
        foreach (var block in blocks)
        {
            if (joined.Contains(block))
            {
                continue;
            }

            while (block.Terminator is { Condition: null, Edges: [var edge] } && edge.Target != block &&
                edge.Target != form.Entry && edgesInto[edge.Target].Count == 1)
            {
                var next = edge.Target;
                for (var i = 0; i < next.Parameters.Count; i++)
                {
                    replacements[next.Parameters[i]] = edge.Arguments[i];
                }

                block.Instructions.AddRange(next.Instructions);
                block.Terminator = next.Terminator;
                joined.Add(next);
                changed = true;
            }
        }

        Substitution.Apply(form.Blocks(), replacements);
        return changed;
    }
}
