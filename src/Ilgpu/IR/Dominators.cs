namespace ILGPU.IR;

/// <summary>Which blocks every way to a block goes through, and the loops that follow from that.</summary>
/// <remarks>
/// Source: K. D. Cooper, T. J. Harvey and K. Kennedy, "A Simple, Fast Dominance Algorithm" (2001): immediate dominators by
/// iteration over the blocks in reverse postorder.
/// </remarks>
internal sealed class Dominators
{
    private readonly Dictionary<Block, int> order = [];
    private readonly int[] parents;

    public Dominators(IReadOnlyList<Block> blocks, Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto)
    {
        Blocks = blocks;
        for (var i = 0; i < blocks.Count; i++)
        {
            order[blocks[i]] = i;
        }

        parents = new int[blocks.Count];
        Array.Fill(parents, -1);
        parents[0] = 0;
        bool changed;
        do
        {
            changed = false;
            for (var i = 1; i < blocks.Count; i++)
            {
                var parent = -1;
                foreach (var (from, _) in edgesInto[blocks[i]])
                {
                    var candidate = order[from];
                    if (parents[candidate] >= 0)
                    {
                        parent = parent < 0 ? candidate : Meet(parent, candidate);
                    }
                }

                changed |= parents[i] != parent;
                parents[i] = parent;
            }
        }
        while (changed);
    }

    /// <summary>The blocks in reverse postorder.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    public int OrderOf(Block block) => order[block];

    /// <summary>The last block before this one that all ways to it go through; null for the entry.</summary>
    public Block? ParentOf(Block block) => order[block] == 0 ? null : Blocks[parents[order[block]]];

    public bool Dominates(Block dominator, Block block)
    {
        var (target, current) = (order[dominator], order[block]);
        while (current > target)
        {
            current = parents[current];
        }

        return current == target;
    }

    private int Meet(int a, int b)
    {
        while (a != b)
        {
            if (a > b)
            {
                a = parents[a];
            }
            else
            {
                b = parents[b];
            }
        }

        return a;
    }
}

/// <summary>A loop: its header, which every entry goes through, and the blocks from which the header can be reached again.</summary>
internal sealed class Loop(Block header)
{
    public Block Header { get; } = header;

    public HashSet<Block> Body { get; } = [header];

    /// <summary>The smallest loop around this one.</summary>
    public Loop? Parent { get; set; }

    public int Depth => Parent is null ? 1 : Parent.Depth + 1;
}

/// <summary>The loops of a kernel.</summary>
internal sealed class LoopTree
{
    private readonly Dictionary<Block, Loop> innermost = [];

    public LoopTree(Dominators dominators, Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto)
    {
        // Headers in reverse postorder: an outer loop comes before those inside it.
        var loops = new List<Loop>();
        foreach (var header in dominators.Blocks)
        {
            var latches = edgesInto[header].Select(edge => edge.From).Where(from => dominators.Dominates(header, from)).ToList();
            if (latches.Count == 0)
            {
                continue;
            }

            var loop = new Loop(header);
            var pending = new Stack<Block>(latches);
            while (pending.TryPop(out var block))
            {
                if (loop.Body.Add(block))
                {
                    edgesInto[block].ForEach(edge => pending.Push(edge.From));
                }
            }

            loop.Parent = innermost.GetValueOrDefault(header);
            loops.Add(loop);
            foreach (var block in loop.Body)
            {
                innermost[block] = loop;
            }
        }

        Loops = loops;
    }

    /// <summary>Outer loops before those inside them.</summary>
    public IReadOnlyList<Loop> Loops { get; }

    public Loop? InnermostOf(Block block) => innermost.GetValueOrDefault(block);

    public int DepthOf(Block block) => InnermostOf(block)?.Depth ?? 0;
}
