using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>
/// Where the arrays of a kernel lie that its group shares: declared, or, if they are too large for that, at the start of the memory
/// that the launch asks for.
/// </summary>
internal sealed class PTXSharedMemory
{
    /// <summary>The widest access: four words.</summary>
    private const int Alignment = 16;

    private readonly Dictionary<Instruction, int> offsets = [];
    private readonly bool usesDynamic;

    public PTXSharedMemory(KernelForm form, int maxStaticBytes)
    {
        var total = 0;
        foreach (var allocation in form.Blocks().SelectMany(block => block.Instructions)
            .Where(instruction => instruction.Detail is Allocation { Space: AddressSpace.Shared }))
        {
            var bytes = ((Allocation)allocation.Detail!).Bytes;
            usesDynamic |= bytes < 0;
            offsets[allocation] = total;
            total += (int)(Math.Max(bytes, 0) + Alignment - 1) / Alignment * Alignment;
        }

        AddedBytes = total > maxStaticBytes ? total : 0;
    }

    /// <summary>The arrays that are not declared, together.</summary>
    public int AddedBytes { get; }

    public bool UsesDynamic => usesDynamic || AddedBytes > 0;

    /// <summary>The distance of an array from the start of the memory of the launch; null if it is declared.</summary>
    public int? OffsetOf(Instruction allocation) =>
        ((Allocation)allocation.Detail!).Bytes < 0 ? AddedBytes : AddedBytes > 0 ? offsets[allocation] : null;
}
