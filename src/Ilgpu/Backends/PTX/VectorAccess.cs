using ILGPU.IR;
using ILGPU.IR.Passes;

namespace ILGPU.Backends.PTX;

/// <summary>Reads and writes two or four neighbours at once, where they are known to begin at a multiple of their size.</summary>
/// <remarks>
/// Loads of a block are joined as long as nothing between them writes or waits; stores only if no other access of memory is between
/// them. Neighbours have the same pointer and index and other constant distances, which <see cref="ConstantSteps"/> has brought out.
/// </remarks>
internal static class VectorAccess
{
    private const int MaxBytes = 16;

    public static void Run(KernelForm form)
    {
        var replacements = new Dictionary<Value, Value>();
        var blocks = form.Blocks();
        foreach (var block in blocks)
        {
            JoinLoads(block, replacements);
            JoinStores(block);
        }

        Substitution.Apply(blocks, replacements);
    }

    private static void JoinLoads(Block block, Dictionary<Value, Value> replacements)
    {
        var open = new Dictionary<Start, List<Instruction>>();
        var groups = new List<Group>();
        foreach (var instruction in block.Instructions)
        {
            if (instruction.HasEffect)
            {
                Close();
            }
            else if (instruction.Operation == Operation.Load && Start.Of(instruction) is { } start)
            {
                (open.TryGetValue(start, out var loads) ? loads : open[start] = []).Add(instruction);
            }
        }

        Close();
        foreach (var group in groups)
        {
            // All are read where the first was.
            var first = block.Instructions.FindIndex(group.Accesses.Contains);
            var pointer = group.Pointer();
            var vector = new Instruction(Operation.LoadVector, ValueKind.None, [pointer], group.Shape) { IsPlaced = true };
            List<Instruction> joined = [pointer, vector];
            for (var i = 0; i < group.Accesses.Count; i++)
            {
                var load = group.Accesses[i];
                var element = new Instruction(Operation.VectorElement, load.Kind, [vector], i) { IsPlaced = true, Name = load.Name };
                replacements[load] = element;
                joined.Add(element);
            }

            block.Instructions.InsertRange(first, joined);
            block.Instructions.RemoveAll(group.Accesses.Contains);
        }

        void Close()
        {
            groups.AddRange(open.SelectMany(entry => Group.Of(entry.Key, entry.Value)));
            open.Clear();
        }
    }

    private static void JoinStores(Block block)
    {
        var groups = new List<Group>();
        var open = new List<Instruction>();
        Start? start = null;
        foreach (var instruction in block.Instructions)
        {
            if (!instruction.HasEffect && instruction.Operation is not (Operation.Load or Operation.LoadVector))
            {
                continue;
            }

            var own = instruction.Operation == Operation.Store ? Start.Of(instruction) : null;
            if (own is null || own != start)
            {
                Close();
                start = own;
            }

            if (own is not null)
            {
                open.Add(instruction);
            }
        }

        Close();
        foreach (var group in groups)
        {
            // All are written where the last was, when all values are there.
            var last = block.Instructions.FindLastIndex(group.Accesses.Contains);
            var pointer = group.Pointer();
            var vector = new Instruction(
                Operation.StoreVector, ValueKind.None, [pointer, .. group.Accesses.Select(store => store[1])], group.Shape)
            { IsPlaced = true };
            block.Instructions.InsertRange(last + 1, [pointer, vector]);
            block.Instructions.RemoveAll(group.Accesses.Contains);
        }

        void Close()
        {
            if (start is { } same)
            {
                groups.AddRange(Group.Of(same, open));
            }

            open.Clear();
            start = null;
        }
    }

    /// <summary>What the places of neighbours have in common.</summary>
    private readonly record struct Start(Value Pointer, Value Index, long Scale, NumberType Type)
    {
        public static Start? Of(Instruction access) => access[0] is Instruction { Operation: Operation.Address } address &&
            ValueKinds.SizeOf((NumberType)access.Detail!) >= sizeof(int)
            ? new(address[0], address[1], ((Step)address.Detail!).Scale, (NumberType)access.Detail!)
            : null;

        public static long OffsetOf(Instruction access) => ((Step)((Instruction)access[0]).Detail!).Offset;
    }

    /// <summary>Accesses that become one, in the order of their places.</summary>
    private sealed record Group(Start Start, List<Instruction> Accesses)
    {
        public VectorShape Shape => new(Start.Type, Accesses.Count);

        /// <summary>The vectors that can be made of accesses, the widest first.</summary>
        public static IEnumerable<Group> Of(Start start, List<Instruction> accesses)
        {
            var size = ValueKinds.SizeOf(start.Type);
            var alignment = Alignment.Of(start.Pointer, start.Index, start.Scale);

            // Of several accesses to one place none is joined: stores have an order.
            var places = accesses.GroupBy(Start.OffsetOf).Where(same => same.Count() == 1).ToDictionary(same => same.Key, same => same.First());
            for (var count = MaxBytes / size; count > 1; count /= 2)
            {
                foreach (var offset in places.Keys.Order().ToList())
                {
                    var offsets = Enumerable.Range(0, count).Select(i => offset + (i * size)).ToList();
                    if (alignment % (count * size) == 0 && offset % (count * size) == 0 && offsets.TrueForAll(places.ContainsKey))
                    {
                        yield return new Group(start, offsets.ConvertAll(place => places[place]));
                        offsets.ForEach(place => places.Remove(place));
                    }
                }
            }
        }

        public Instruction Pointer() => new(
            Operation.Address, ValueKind.Pointer, [Start.Pointer, Start.Index], new Step(Start.Scale, Start.OffsetOf(Accesses[0])))
        {
            IsPlaced = true,
        };
    }
}
