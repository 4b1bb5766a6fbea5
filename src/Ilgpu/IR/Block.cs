namespace ILGPU.IR;

/// <summary>Instructions that run one after the other, and where the thread goes then.</summary>
internal sealed class Block
{
    public List<BlockParameter> Parameters { get; } = [];

    public List<Instruction> Instructions { get; } = [];

    public Terminator Terminator { get; set; } = Terminator.Unreachable;

    public IEnumerable<Block> Successors => Terminator.Edges.Select(edge => edge.Target);
}

/// <summary>A way to a block, with the values of its parameters.</summary>
internal sealed class Edge(Block target, params IEnumerable<Value> arguments)
{
    public Block Target { get; set; } = target;

    public List<Value> Arguments { get; } = [.. arguments];
}

/// <summary>The end of a block.</summary>
/// <param name="condition">Decides between two edges: the first is taken if it is true.</param>
/// <param name="edges">Where the thread goes; without edges the kernel is over.</param>
internal sealed class Terminator(Value? condition, params IReadOnlyList<Edge> edges)
{
    /// <summary>The kernel is over.</summary>
    public static readonly Terminator Return = new(null);

    /// <summary>No thread comes here: the code before has failed, which only the CPU accelerator reports.</summary>
    public static readonly Terminator Unreachable = new(null);

    public Value? Condition { get; set; } = condition;

    public IReadOnlyList<Edge> Edges { get; } = edges;

    public static Terminator Jump(Block target, params IEnumerable<Value> arguments) => new(null, new Edge(target, arguments));

    public static Terminator Branch(Value condition, Edge whenTrue, Edge whenFalse) => new(condition, whenTrue, whenFalse);
}
