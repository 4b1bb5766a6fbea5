using ILGPU.IR;
using ILGPU.IR.Passes;

namespace ILGPU.Backends.PTX;

/// <summary>Takes constants out of indices: <c>a[i + 1]</c> is four bytes after <c>a[i]</c>, a distance that accesses take for free.</summary>
/// <remarks>
/// A sum of 32 bits that wraps around would be a negative index, which is out of bounds anyway; so only what is added counts, not what
/// is subtracted. Addresses of shared memory have 32 bits and wrap around as indices do.
/// </remarks>
internal static class ConstantSteps
{
    public static void Run(KernelForm form)
    {
        var pointers = new PointerTypes(form);
        var replacements = new Dictionary<Value, Value>();
        var blocks = form.Blocks();
        foreach (var block in blocks)
        {
            for (var i = 0; i < block.Instructions.Count; i++)
            {
                if (block.Instructions[i] is { Operation: Operation.Address } address &&
                    Split(address[1], pointers[address].Space == AddressSpace.Shared) is var (index, more))
                {
                    var step = (Step)address.Detail!;
                    var wide = new Instruction(Operation.Convert, ValueKind.Int64, [index], new Conversion(NumberType.Int64));
                    var place = new Instruction(
                        Operation.Address,
                        ValueKind.Pointer,
                        [address[0], wide],
                        step with { Offset = step.Offset + (more * step.Scale) });
                    (wide.IsPlaced, place.IsPlaced, place.Name) = (true, true, address.Name);
                    block.Instructions[i] = place;
                    block.Instructions.Insert(i++, wide);
                    replacements[address] = place;
                }
            }
        }

        Substitution.Apply(blocks, replacements);
        Simplification.Run(form);
    }

    /// <summary>What an index adds to another, if it does.</summary>
    private static (Value Index, long More)? Split(Value index, bool wraps) => index is Instruction
    {
        Operation: Operation.Convert,
        Detail: Conversion { To: NumberType.Int64 },
        Operands: [Instruction { Operation: Operation.Add, Kind: ValueKind.Int32, Operands: [var start, Constant { Bits: var more }] }],
    } && (wraps || more > 0)
        ? (start, more)
        : null;
}
