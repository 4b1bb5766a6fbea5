using ILGPU.IR;

namespace ILGPU.Backends.Structure;

/// <summary>Which values become variables of the generated code, and which are written where they are used.</summary>
/// <remarks>
/// A value that is used once is written there, if nothing that it depends on can change in between. Addresses and widened indices
/// are always written where they are used, so that accesses read <c>a[i]</c>. Values that the source has a name for stay variables.
/// </remarks>
internal sealed class ExpressionPlan
{
    private readonly HashSet<Instruction> inlined = [];
    private readonly Dictionary<Value, List<Use>> uses = [];
    private readonly Dictionary<Instruction, (Block Block, int Position)> places = [];
    private readonly LoopTree loops;

    public ExpressionPlan(IReadOnlyList<Block> blocks, LoopTree loops)
    {
        this.loops = loops;
        foreach (var block in blocks)
        {
            CollectUses(block);
        }

        // Uses come after definitions, so backwards the fate of every user is known.
        var anchors = new Dictionary<Instruction, (Block Block, int Position)>();
        foreach (var block in blocks.Reverse())
        {
            for (var i = block.Instructions.Count - 1; i >= 0; i--)
            {
                var instruction = block.Instructions[i];
                if (IsTransparent(instruction) || CanInline(instruction, anchors))
                {
                    inlined.Add(instruction);
                }
            }
        }
    }

    /// <summary>It is written where it is used.</summary>
    public bool IsInlined(Value value) => value is Instruction instruction && inlined.Contains(instruction);

    public bool IsUsed(Value value) => uses.ContainsKey(value);

    /// <summary>The blocks in which a value is used, at last.</summary>
    public IEnumerable<Block> UsesOf(Value value) => FinalUses(value).Select(use => use.Block);

    // The start of a view in its buffer keeps the name of the view.
    private static bool IsTransparent(Instruction instruction) =>
        instruction is { Operation: Operation.Address, Operands: [not Parameter, _] } or { Operation: Operation.CastPointer } ||
        instruction is { Operation: Operation.Convert, Kind: ValueKind.Int64, Operands: [{ Kind: ValueKind.Int32 }] };

    private void CollectUses(Block block)
    {
        for (var i = 0; i < block.Instructions.Count; i++)
        {
            places[block.Instructions[i]] = (block, i);
            foreach (var operand in block.Instructions[i].Operands)
            {
                Add(operand, new(block, i, block.Instructions[i], null));
            }
        }

        var end = block.Instructions.Count;
        if (block.Terminator.Condition is { } condition)
        {
            Add(condition, new(block, end, null, null));
        }

        foreach (var edge in block.Terminator.Edges)
        {
            for (var i = 0; i < edge.Arguments.Count; i++)
            {
                Add(edge.Arguments[i], new(block, end, null, edge.Target.Parameters[i]));
            }
        }
    }

    private void Add(Value value, Use use)
    {
        if (value is not Constant)
        {
            if (!uses.TryGetValue(value, out var list))
            {
                uses[value] = list = [];
            }

            list.Add(use);
        }
    }

    /// <summary>The uses of a value where it comes to stand: those of addresses instead of the addresses.</summary>
    private IEnumerable<Use> FinalUses(Value value) => uses.TryGetValue(value, out var direct)
        ? direct.SelectMany(use => use.User is { } user && (IsTransparent(user) || inlined.Contains(user)) ? FinalUses(user) : [use])
        : [];

    private bool CanInline(Instruction instruction, Dictionary<Instruction, (Block Block, int Position)> anchors)
    {
        if (instruction.HasEffect || instruction.Operation is Operation.Allocate)
        {
            return false;
        }

        var final = FinalUses(instruction).Take(2).ToList();
        if (final is not [var use])
        {
            return false;
        }

        if (instruction.Name is not null && use.Parameter?.Name != instruction.Name && !IsSmall(instruction))
        {
            return false;
        }

        var (block, position) = places[instruction];
        return instruction.Operation == Operation.Load
            ? use.Block == block && !block.Instructions.Skip(position + 1).Take(use.Position - position - 1).Any(between => between.HasEffect)
            : loops.InnermostOf(use.Block) == loops.InnermostOf(block);
    }

    /// <summary>Registers of the launch need no variable to be read once.</summary>
    private static bool IsSmall(Instruction instruction) => instruction.Operation == Operation.Thread;

    /// <summary>A place where a value is used: an instruction, a condition, or an argument of a block.</summary>
    private readonly record struct Use(Block Block, int Position, Instruction? User, BlockParameter? Parameter);
}
