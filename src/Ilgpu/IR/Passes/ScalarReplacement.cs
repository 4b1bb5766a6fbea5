namespace ILGPU.IR.Passes;

/// <summary>
/// Keeps memory of the thread in registers where every access is at a constant place: local arrays after their loops are unrolled.
/// </summary>
internal static class ScalarReplacement
{
    /// <returns>Whether any memory became registers.</returns>
    public static bool Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var places = new Dictionary<Value, Place>();
        var slots = new Dictionary<(Instruction Memory, long Offset), Slot>();
        var inMemory = new HashSet<Instruction>();
        foreach (var instruction in blocks.SelectMany(block => block.Instructions))
        {
            FollowPointers(instruction, places, slots, inMemory);
        }

        // A pointer that is passed on to another block can point anywhere from there on.
        foreach (var argument in blocks.SelectMany(block => block.Terminator.Edges).SelectMany(edge => edge.Arguments))
        {
            if (places.TryGetValue(argument, out var place))
            {
                inMemory.Add(place.Memory);
            }
        }

        RejectOverlaps(slots, inMemory);
        var loads = new Dictionary<Value, Value>();
        var replaced = false;
        foreach (var block in blocks)
        {
            var kept = new List<Instruction>(block.Instructions.Count);
            foreach (var instruction in block.Instructions)
            {
                if (instruction.Operation is not (Operation.Load or Operation.Store) ||
                    !places.TryGetValue(instruction[0], out var place) || inMemory.Contains(place.Memory))
                {
                    kept.Add(instruction);
                    continue;
                }

                replaced = true;
                var variable = slots[(place.Memory, place.Offset)].Variable;
                var type = (NumberType)instruction.Detail!;
                if (instruction.Operation == Operation.Load)
                {
                    var load = Add(kept, new(Operation.LoadVariable, variable.Kind, [], variable));
                    loads[instruction] = Fit(kept, load, type, instruction.Kind);
                }
                else
                {
                    var value = Fit(kept, instruction[1], type, variable.Kind);
                    Add(kept, new(Operation.StoreVariable, ValueKind.None, [value], variable));
                }
            }

            block.Instructions.Clear();
            block.Instructions.AddRange(kept);
        }

        if (replaced)
        {
            Substitution.Apply(blocks, loads);
            VariablePromotion.Run(form);
        }

        return replaced;
    }

    private static void FollowPointers(
        Instruction instruction,
        Dictionary<Value, Place> places,
        Dictionary<(Instruction Memory, long Offset), Slot> slots,
        HashSet<Instruction> inMemory)
    {
        if (instruction is { Operation: Operation.Allocate, Detail: Allocation { Space: AddressSpace.Private } })
        {
            places[instruction] = new(instruction, 0);
            return;
        }

        for (var i = 0; i < instruction.Operands.Length; i++)
        {
            if (!places.TryGetValue(instruction[i], out var place))
            {
                continue;
            }

            switch (instruction.Operation)
            {
                case Operation.Address when i == 0 && instruction is { Detail: Step step, Operands: [_, Constant index] }:
                    places[instruction] = place with { Offset = place.Offset + (index.Bits * step.Scale) + step.Offset };
                    break;
                case Operation.CastPointer:
                    places[instruction] = place;
                    break;
                case Operation.Load or Operation.Store when i == 0:
                    var type = (NumberType)instruction.Detail!;
                    slots.TryAdd((place.Memory, place.Offset), new(type, new(ValueKinds.KindOf(type), Name(place, type))));
                    if (ValueKinds.SizeOf(slots[(place.Memory, place.Offset)].Type) != ValueKinds.SizeOf(type))
                    {
                        inMemory.Add(place.Memory);
                    }

                    break;
                default:
                    inMemory.Add(place.Memory);
                    break;
            }
        }
    }

    private static string Name(Place place, NumberType type) =>
        $"{place.Memory.Name}{place.Offset / ValueKinds.SizeOf(type)}";

    private static void RejectOverlaps(Dictionary<(Instruction Memory, long Offset), Slot> slots, HashSet<Instruction> inMemory)
    {
        foreach (var group in slots.GroupBy(slot => slot.Key.Memory))
        {
            var end = 0L;
            foreach (var (key, slot) in group.OrderBy(slot => slot.Key.Offset))
            {
                if (key.Offset < end || key.Offset + ValueKinds.SizeOf(slot.Type) > ((Allocation)group.Key.Detail!).Bytes)
                {
                    inMemory.Add(group.Key);
                }

                end = key.Offset + ValueKinds.SizeOf(slot.Type);
            }
        }
    }

    /// <summary>What memory of a type would give back: narrow integers are cut, others keep their bits.</summary>
    private static Value Fit(List<Instruction> instructions, Value value, NumberType type, ValueKind kind)
    {
        if (ValueKinds.SizeOf(type) < sizeof(int))
        {
            value = Add(instructions, new(Operation.Convert, ValueKind.Int32, [value], new Conversion(type)));
        }

        return value.Kind == kind ? value : Add(instructions, new(Operation.Reinterpret, kind, [value]));
    }

    private static Instruction Add(List<Instruction> instructions, Instruction instruction)
    {
        instruction.IsPlaced = true;
        instructions.Add(instruction);
        return instruction;
    }

    private readonly record struct Place(Instruction Memory, long Offset);

    private sealed record Slot(NumberType Type, Variable Variable);
}
