namespace ILGPU.IR.Passes;

/// <summary>Writes loops out whose number of rounds is known when the kernel is compiled.</summary>
/// <remarks>
/// Short loops always; longer ones where they step through memory of the thread, which then can become registers
/// (<see cref="ScalarReplacement"/>). The budget keeps kernels at a size that drivers compile in reasonable time.
/// </remarks>
internal static class LoopUnrolling
{
    /// <summary>Instructions that a loop may become.</summary>
    private const int Budget = 512;

    private const int MaxRounds = 32;

    /// <summary>The same for loops over memory of the thread: a register tile of 8 × 8 over 16 steps fits.</summary>
    private const int BudgetOfPrivateMemory = 8192;

    private const int MaxRoundsOfPrivateMemory = 256;

    /// <summary>Unrolls one loop, an inner one before those around it.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        var dominators = new Dominators(blocks, edgesInto);
        var loops = new LoopTree(dominators, edgesInto).Loops;
        foreach (var loop in loops.Reverse())
        {
            if (loops.Any(inner => inner.Parent == loop))
            {
                continue;
            }

            var touchesPrivate = loop.Body.Any(block => block.Instructions.Exists(IsPrivateStep));
            var maxRounds = touchesPrivate ? MaxRoundsOfPrivateMemory : MaxRounds;
            var budget = touchesPrivate ? BudgetOfPrivateMemory : Budget;
            var size = loop.Body.Sum(block => block.Instructions.Count);
            if (TripCount.Of(loop, edgesInto[loop.Header], dominators, maxRounds) is { } rounds && rounds * size <= budget)
            {
                Unroll(blocks, loop, edgesInto[loop.Header], rounds);
                VariablePromotion.Run(form);
                return true;
            }
        }

        return false;
    }

    private static bool IsPrivateStep(Instruction instruction) =>
        instruction is { Operation: Operation.Address, Operands: [_, not Constant] } && Origin(instruction) is
            Instruction { Operation: Operation.Allocate, Detail: Allocation { Space: AddressSpace.Private } };

    private static Value Origin(Value pointer)
    {
        while (pointer is Instruction { Operation: Operation.Address or Operation.CastPointer or Operation.AlignPointer } step)
        {
            pointer = step[0];
        }

        return pointer;
    }

    private static void Unroll(IReadOnlyList<Block> blocks, Loop loop, List<(Block From, Edge Edge)> edgesIntoHeader, int rounds)
    {
        KeepResultsInVariables(blocks, loop);
        var latches = edgesIntoHeader.Where(entry => loop.Body.Contains(entry.From)).Select(entry => entry.Edge).ToHashSet();
        var entries = edgesIntoHeader.Where(entry => !loop.Body.Contains(entry.From)).Select(entry => entry.Edge);

        // Rounds 1 to n are copies, the last of which finds the condition to leave; the original is the body of no round.
        Block? first = null;
        List<Edge> open = [];
        for (var round = 0; round <= rounds; round++)
        {
            var copy = new LoopCopy(loop.Body);
            first ??= copy.Of(loop.Header);
            open.ForEach(edge => edge.Target = copy.Of(loop.Header));
            open = latches.Select(copy.Of).ToList();
        }

        // Nobody comes here: the test of the last round is known to leave.
        var end = new Block { Terminator = Terminator.Unreachable };
        foreach (var edge in open)
        {
            edge.Target = end;
            edge.Arguments.Clear();
        }

        foreach (var edge in entries)
        {
            edge.Target = first!;
        }
    }

    /// <summary>
    /// Values of the loop that are used after it go through variables, as there is going to be one of each round.
    /// </summary>
    private static void KeepResultsInVariables(IReadOnlyList<Block> blocks, Loop loop)
    {
        var variables = new Dictionary<Value, Variable>();
        var defined = loop.Body.SelectMany(block => block.Instructions.Concat<Value>(block.Parameters)).ToHashSet();
        foreach (var block in blocks.Where(block => !loop.Body.Contains(block)))
        {
            var loads = new Dictionary<Value, Value>();
            Value Load(Value value)
            {
                if (!loads.TryGetValue(value, out var load))
                {
                    if (!variables.TryGetValue(value, out var variable))
                    {
                        variables[value] = variable = new Variable(value.Kind, value.Name);
                    }

                    loads[value] = load = new Instruction(Operation.LoadVariable, value.Kind, [], variable) { IsPlaced = true };
                }

                return load;
            }

            var uses = block.Instructions.SelectMany(instruction => instruction.Operands)
                .Concat(block.Terminator.Edges.SelectMany(edge => edge.Arguments))
                .Append(block.Terminator.Condition);
            foreach (var value in uses.Where(value => value is not null && defined.Contains(value)).ToList())
            {
                Load(value!);
            }

            Substitution.Apply([block], loads);
            block.Instructions.InsertRange(0, loads.Values.Cast<Instruction>());
        }

        foreach (var block in loop.Body)
        {
            foreach (var parameter in block.Parameters.Where(variables.ContainsKey))
            {
                block.Instructions.Insert(0, Store(parameter));
            }

            foreach (var instruction in block.Instructions.Where(variables.ContainsKey).ToList())
            {
                block.Instructions.Insert(block.Instructions.IndexOf(instruction) + 1, Store(instruction));
            }
        }

        Instruction Store(Value value) =>
            new(Operation.StoreVariable, ValueKind.None, [value], variables[value]) { IsPlaced = true };
    }

    /// <summary>A copy of the blocks of a loop, whose edges within it lead to the copies.</summary>
    private sealed class LoopCopy
    {
        private readonly Dictionary<Block, Block> blocks = [];
        private readonly Dictionary<Value, Value> values = [];
        private readonly Dictionary<Edge, Edge> edges = [];

        public LoopCopy(HashSet<Block> body)
        {
            foreach (var block in body)
            {
                var copy = blocks[block] = new Block();
                foreach (var parameter in block.Parameters)
                {
                    var twin = new BlockParameter(parameter.Kind) { Name = parameter.Name };
                    values[parameter] = twin;
                    copy.Parameters.Add(twin);
                }

                foreach (var instruction in block.Instructions)
                {
                    var twin = new Instruction(
                        instruction.Operation, instruction.Kind, [.. instruction.Operands], instruction.Detail)
                    {
                        Name = instruction.Name,
                        IsPlaced = true,
                    };
                    values[instruction] = twin;
                    copy.Instructions.Add(twin);
                }
            }

            foreach (var (block, copy) in blocks)
            {
                copy.Terminator = block.Terminator.Edges.Count == 0
                    ? block.Terminator
                    : new(block.Terminator.Condition, [.. block.Terminator.Edges.Select(CopyEdge)]);
            }

            Substitution.Apply(blocks.Values, values);
        }

        public Block Of(Block block) => blocks[block];

        public Edge Of(Edge edge) => edges[edge];

        private Edge CopyEdge(Edge edge) =>
            edges[edge] = new(blocks.GetValueOrDefault(edge.Target, edge.Target), edge.Arguments);
    }
}
