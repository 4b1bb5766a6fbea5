using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <summary>A local variable of C#, or a field of one.</summary>
/// <param name="type">Its type.</param>
/// <param name="slot">The local variable that it is a part of.</param>
internal abstract class Storage(Type type, SlotKey slot)
{
    public Type Type { get; } = type;

    public SlotKey Slot { get; } = slot;
}

internal sealed class ScalarStorage(Type type, SlotKey slot, Variable variable) : Storage(type, slot)
{
    public Variable Variable { get; } = variable;
}

internal sealed class StructureStorage(Type type, SlotKey slot, Storage[] fields) : Storage(type, slot)
{
    public Storage[] Fields { get; } = fields;
}

internal sealed class ViewStorage(Type type, SlotKey slot, Variable pointer, Variable length) : Storage(type, slot)
{
    public Variable Pointer { get; } = pointer;

    public Variable Length { get; } = length;
}

/// <summary>Memory of the thread: for what is indexed, or referred to in ways that only the running kernel knows.</summary>
internal sealed class MemoryStorage(Type type, SlotKey slot, Value pointer) : Storage(type, slot)
{
    public Value Pointer { get; } = pointer;
}

/// <summary>
/// A reference or object. It is known while compiling, except for references to memory, of which only the pointer varies.
/// </summary>
internal sealed class ReferenceStorage(Type type, SlotKey slot, Variable pointer) : Storage(type, slot)
{
    public StackValue? Known { get; set; }

    /// <summary>It refers to memory.</summary>
    public bool HasPointer { get; set; }

    public Variable Pointer { get; } = pointer;

    public Type Target { get; set; } = type.HasElementType ? type.GetElementType()! : type;
}
