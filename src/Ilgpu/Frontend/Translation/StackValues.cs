using System.Reflection;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <summary>What an instruction of intermediate language takes from the stack or leaves there.</summary>
internal abstract record StackValue;

internal sealed record ScalarValue(Value Value) : StackValue;

/// <summary>A structure, taken apart; fields in the order of <see cref="Types.FieldLayout"/>.</summary>
internal sealed record StructureValue(Type Type, StackValue[] Fields) : StackValue;

/// <summary>A view: a pointer to the first element and the number of elements (64 bits).</summary>
internal sealed record ViewValue(Type Element, Value Pointer, Value Length) : StackValue;

/// <summary>A managed or unmanaged pointer.</summary>
internal sealed record ReferenceValue(Place Place) : StackValue;

// What exists only while the kernel is compiled.
internal sealed record TypeValue(Type Type) : StackValue;

internal sealed record MethodValue(MethodBase Method) : StackValue;

internal sealed record BoxedValue(Type Type, StackValue Content) : StackValue;

/// <summary>An object whose content kernels may not use: null, a string, the closure of a lambda that captures nothing.</summary>
/// <param name="Description">What errors call it.</param>
/// <param name="IsNull">It is null.</param>
/// <param name="Text">Of a string, what the compiler can read.</param>
internal sealed record ObjectValue(string Description, bool IsNull = false, string? Text = null) : StackValue;

/// <summary>Where a reference points to.</summary>
internal abstract record Place(Type Type);

/// <summary>A local variable, or a field of one.</summary>
internal sealed record StoragePlace(Type Type, Storage Storage) : Place(Type);

/// <summary>Memory.</summary>
internal sealed record MemoryPlace(Type Type, Value Pointer) : Place(Type);

/// <summary>A local or argument that has one value as long as nobody writes to it through this reference.</summary>
internal sealed record ValuePlace(Type Type, StackValue Value, SlotKey Slot) : Place(Type);

/// <summary>A local or argument of a method at one place of the kernel where it is called.</summary>
/// <param name="Path">The calls that lead there.</param>
/// <param name="Index">Its number; arguments are counted from -1 down.</param>
internal readonly record struct SlotKey(string Path, int Index);
