namespace ILGPU.IR;

/// <summary>What a pointer points to.</summary>
internal readonly record struct PointerType(AddressSpace Space, NumberType Element);

/// <summary>
/// Which memory each pointer of a kernel points into, found from where it comes from. So no back end needs pointers that can point
/// anywhere.
/// </summary>
internal sealed class PointerTypes
{
    private readonly Dictionary<Value, PointerType> types = [];

    /// <exception cref="InternalCompilerException">A pointer points to one memory or another, as the running kernel decides.</exception>
    public PointerTypes(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        foreach (var parameter in form.Parameters.Where(parameter => parameter.Kind == ValueKind.Pointer))
        {
            types[parameter] = new(AddressSpace.Global, parameter.Type);
        }

        // Loops make pointers depend on later ones: repeat until nothing is new.
        bool changed;
        do
        {
            changed = false;
            foreach (var block in blocks)
            {
                for (var i = 0; i < block.Parameters.Count; i++)
                {
                    if (block.Parameters[i].Kind == ValueKind.Pointer)
                    {
                        changed |= Learn(form, block.Parameters[i], edgesInto[block].Select(entry => entry.Edge.Arguments[i]));
                    }
                }

                foreach (var instruction in block.Instructions.Where(candidate => candidate.Kind == ValueKind.Pointer))
                {
                    changed |= Learn(form, instruction);
                }
            }
        }
        while (changed);
    }

    public PointerType this[Value pointer] => types.GetValueOrDefault(pointer);

    private bool Learn(KernelForm form, Instruction instruction)
    {
        switch (instruction.Operation)
        {
            case Operation.Allocate:
                var allocation = (Allocation)instruction.Detail!;
                return types.TryAdd(instruction, new(allocation.Space, allocation.Element));
            case Operation.CastPointer:
                return types.TryGetValue(instruction[0], out var source) &&
                    types.TryAdd(instruction, source with { Element = (NumberType)instruction.Detail! });
            default:
                var sources = instruction.Operation == Operation.Select ? instruction.Operands[1..] : instruction.Operands[..1];
                return Learn(form, instruction, sources);
        }
    }

    private bool Learn(KernelForm form, Value pointer, IEnumerable<Value> sources)
    {
        var changed = false;
        foreach (var source in sources)
        {
            if (!types.TryGetValue(source, out var type))
            {
                continue;
            }

            if (types.TryAdd(pointer, type))
            {
                changed = true;
            }
            else if (types[pointer].Space != type.Space)
            {
                throw new InternalCompilerException(
                    $"kernel {form.Name}: expected every view and reference to stay in one memory; got {pointer.Name ?? "one"} " +
                    $"that is in {types[pointer].Space} or in {type.Space} memory. Use two variables.");
            }
        }

        return changed;
    }
}
