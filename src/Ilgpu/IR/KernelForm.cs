namespace ILGPU.IR;

/// <summary>
/// A kernel in the form between C# and the languages of devices: one function without calls, on scalars and pointers only.
/// </summary>
/// <remarks>
/// Structures, tuples, views and indices are taken apart, calls are put in place, so that every back end has to know about forty
/// operations on seven kinds of values. A value is defined once and before it is used on every way (static single assignment);
/// where ways meet, the block has parameters.
/// </remarks>
internal sealed class KernelForm(string name)
{
    /// <summary>The name of the kernel in the source.</summary>
    public string Name { get; } = name;

    /// <summary>What the launch passes, in its order.</summary>
    public List<Parameter> Parameters { get; } = [];

    public Block Entry { get; init; } = new();

    /// <summary>The blocks that can be reached, each after those that always run before it; loops in their order.</summary>
    public IReadOnlyList<Block> Blocks()
    {
        var finished = new List<Block>();
        var visited = new HashSet<Block> { Entry };
        var path = new Stack<(Block Block, int Next)>([(Entry, 0)]);
        while (path.TryPop(out var step))
        {
            var edges = step.Block.Terminator.Edges;
            if (step.Next == edges.Count)
            {
                finished.Add(step.Block);
                continue;
            }

            // Later edges first, so that in the reversed order the first comes first.
            path.Push((step.Block, step.Next + 1));
            var target = edges[edges.Count - 1 - step.Next].Target;
            if (visited.Add(target))
            {
                path.Push((target, 0));
            }
        }

        finished.Reverse();
        return finished;
    }

    /// <summary>The edges that lead to each block, with where they come from.</summary>
    public static Dictionary<Block, List<(Block From, Edge Edge)>> EdgesInto(IReadOnlyList<Block> blocks)
    {
        var edges = blocks.ToDictionary(block => block, _ => new List<(Block, Edge)>());
        foreach (var block in blocks)
        {
            foreach (var edge in block.Terminator.Edges)
            {
                edges[edge.Target].Add((block, edge));
            }
        }

        return edges;
    }
}
