using ILGPU.IR;

namespace ILGPU.Backends.Structure;

/// <summary>Where blocks come to stand when jumps become the loops and conditions of a structured language.</summary>
/// <remarks>
/// Source: N. Ramsey, "Beyond Relooper" (2022). A block that only one edge leads to is written in place of that edge. A block where
/// ways meet is written after the block that all ways go through; what is reached when a loop is left, after the loop, unless it is
/// what the loop does before it breaks.
/// </remarks>
internal sealed class ControlStructure
{
    private readonly Dictionary<Block, List<Block>> following = [];
    private readonly Dictionary<Block, List<Block>> afterLoop = [];
    private readonly HashSet<Block> placed = [];

    public ControlStructure(KernelForm form)
    {
        Blocks = form.Blocks();
        EdgesInto = KernelForm.EdgesInto(Blocks);
        Dominators = new Dominators(Blocks, EdgesInto);
        Loops = new LoopTree(Dominators, EdgesInto);
        foreach (var block in Blocks.Skip(1))
        {
            var parent = Dominators.ParentOf(block)!;
            if (OutermostLoopLeft(parent, block) is { } left)
            {
                if (!IsLastStepOf(left, block))
                {
                    Place(afterLoop, left.Header, block);
                }
            }
            else if (EdgesInto[block].Count(entry => !Dominators.Dominates(block, entry.From)) > 1)
            {
                Place(following, parent, block);
            }
        }
    }

    public IReadOnlyList<Block> Blocks { get; }

    public Dictionary<Block, List<(Block From, Edge Edge)>> EdgesInto { get; }

    public Dominators Dominators { get; }

    public LoopTree Loops { get; }

    /// <summary>The blocks that stand after this one, in their order.</summary>
    public IReadOnlyList<Block> Following(Block block) => following.GetValueOrDefault(block) ?? [];

    /// <summary>The blocks that stand after the loop of a header, in their order.</summary>
    public IReadOnlyList<Block> AfterLoop(Block header) => afterLoop.GetValueOrDefault(header) ?? [];

    /// <summary>It stands somewhere of its own, and edges jump there.</summary>
    public bool IsPlaced(Block block) => placed.Contains(block);

    public bool IsLoopHeader(Block block) => Loops.InnermostOf(block)?.Header == block;

    /// <summary>
    /// One of several ways out of a loop, which meet behind it: it is written inside, in front of the break.
    /// </summary>
    private bool IsLastStepOf(Loop loop, Block block) => EdgesInto[block] is [var (from, _)] && Loops.InnermostOf(from) == loop &&
        loop.Body.Any(inside => inside.Successors.Any(
            target => !loop.Body.Contains(target) && !loop.Body.Contains(Dominators.ParentOf(target)!)));

    private void Place(Dictionary<Block, List<Block>> where, Block anchor, Block block)
    {
        if (!where.TryGetValue(anchor, out var list))
        {
            where[anchor] = list = [];
        }

        list.Add(block);
        placed.Add(block);
    }

    /// <summary>The largest loop around a block that another block is not in.</summary>
    private Loop? OutermostLoopLeft(Block inside, Block outside)
    {
        Loop? left = null;
        for (var loop = Loops.InnermostOf(inside); loop is not null && !loop.Body.Contains(outside); loop = loop.Parent)
        {
            left = loop;
        }

        return left;
    }
}
