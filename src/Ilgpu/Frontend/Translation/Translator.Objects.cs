using System.Reflection;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>Fields, references, arrays and static data.</content>
internal sealed partial class Translator
{
    private void LoadField(FieldInfo field)
    {
        var value = Pop();
        if (TypeShapes.Of(field.DeclaringType!) is TypeShape.Scalar)
        {
            // The one field of an enumeration or number is the number.
            Push(value is ReferenceValue reference ? Load(reference.Place) : value);
            return;
        }

        var (place, owner, index) = FieldOnStack(field, value);
        Push(owner is not null ? Load(FieldOf(owner, place, index)) : ((StructureValue)value).Fields[index]);
    }

    /// <summary>A field of the structure, or of what the reference on the stack refers to.</summary>
    private (FieldPlace Field, Place? Owner, int Index) FieldOnStack(FieldInfo field, StackValue owner)
    {
        var type = field.DeclaringType!;
        if (!type.IsValueType)
        {
            throw Refuse(
                owner is ObjectValue { Description: "the closure of a lambda" }
                    ? $"the captured variable {field.Name}"
                    : $"the field {field.Name} of the class {type.Name}",
                "Kernels cannot use reference types.");
        }

        if (TypeShapes.Of(type) == TypeShape.View)
        {
            throw Refuse($"the field {field.Name} of {type.Name}");
        }

        var fields = FieldLayout.Of(type);
        var index = 0;
        while (fields[index].Field.MetadataToken != field.MetadataToken)
        {
            index++;
        }

        return (fields[index], owner is ReferenceValue reference ? Retype(reference.Place, type) : null, index);
    }

    private Place PlaceOfStack(StackValue value) => value switch
    {
        ReferenceValue reference => reference.Place,
        ScalarValue { Value.Kind: ValueKind.Pointer } pointer => new MemoryPlace(typeof(byte), pointer.Value),
        _ => throw Refuse("an address that was made from a number"),
    };

    /// <summary>The place, read as a type. Variables that are read as a type of another kind have to be in memory.</summary>
    private Place Retype(Place place, Type type)
    {
        if (place.Type == type || IsSame(place.Type, type))
        {
            return place;
        }

        return place is MemoryPlace memory
            ? memory with { Type = type }
            : new MemoryPlace(type, PointerTo(place));
    }

    private static bool IsSame(Type stored, Type read)
    {
        var (first, second) = (TypeShapes.Of(stored), TypeShapes.Of(read));
        return first == second && first switch
        {
            // A truth is loaded as a byte, an enumeration or address as its number.
            TypeShape.Scalar => FieldLayout.SizeOf(stored) == FieldLayout.SizeOf(read) &&
                TypeShapes.KindOf(stored) is var kind && (kind == TypeShapes.KindOf(read) || kind == ValueKind.Bool) &&
                (FieldLayout.SizeOf(read) >= sizeof(int) || kind == ValueKind.Bool ||
                    TypeShapes.NumberOf(stored) == TypeShapes.NumberOf(read)),
            TypeShape.Reference or TypeShape.Object => true,
            TypeShape.View => TypeShapes.ElementOf(stored) == TypeShapes.ElementOf(read),
            _ => false,
        };
    }

    private StackValue StaticValue(FieldInfo field)
    {
        var isConstant = field.IsLiteral || field.IsInitOnly;
        if (!field.FieldType.IsValueType)
        {
            // The compiler keeps lambdas in static fields; their use is refused where it is.
            throw typeof(Delegate).IsAssignableFrom(field.FieldType)
                ? Refuse("a delegate", "Pass the operation as a structure with a static abstract method.")
                : field.FieldType.IsArray
                    ? Refuse($"the static array {field.Name}", "Pass it as a view.")
                    : field.DeclaringType is { Name: ['<', ..] }
                        ? Refuse("a lambda", "Pass the operation as a structure with a static abstract method.")
                        : Refuse($"the static field {field.Name} of type {field.FieldType.Name}", "Kernels cannot use reference types.");
        }

        return isConstant
            ? ConstantOf(field.GetValue(null)!, field.FieldType)
            : throw Refuse($"the static field {field.Name}, which can change", "Make it readonly or const, or pass it as a parameter.");
    }

    /// <summary>An array of the kernel: memory of the thread, which starts as zeros.</summary>
    private void NewArray(Type element)
    {
        if (PopScalar() is not Constant length)
        {
            throw Refuse($"a new {element.Name}[] whose length is not a constant", "Use a constant or a SpecializedValue.");
        }

        if (TypeShapes.Of(element) is not (TypeShape.Scalar or TypeShape.Structure))
        {
            throw Refuse($"an array of {element.Name}", "Elements have to be numbers or structures of numbers.");
        }

        var view = AllocateView("array", AddressSpace.Private, element, length.Bits);
        ClearArray(view, element, length.Bits);
        Push(view);
    }

    private ViewValue AllocateView(string name, AddressSpace space, Type element, long length)
    {
        var memory = Allocate(name, space, element, Math.Max(1, length) * FieldLayout.SizeOf(element));
        return new ViewValue(element, memory, Constant.Long(length));
    }

    private void ClearArray(ViewValue view, Type element, long length)
    {
        var (head, body, end) = (new Block(), new Block(), new Block());
        var counter = new Variable(ValueKind.Int64, null);
        Emit(Operation.StoreVariable, ValueKind.None, [Constant.Long(0)], counter);
        block.Terminator = Terminator.Jump(head);
        block = head;
        var i = Emit(Operation.LoadVariable, ValueKind.Int64, [], counter);
        var isInside = Emit(Operation.Compare, ValueKind.Bool, [i, Constant.Long(length)], Comparison.Less);
        head.Terminator = Terminator.Branch(isInside, new Edge(body), new Edge(end));
        block = body;
        StoreMemory(element, ElementAddress(view, i), Zero(element));
        var next = Emit(Operation.Add, ValueKind.Int64, [i, Constant.Long(1)]);
        Emit(Operation.StoreVariable, ValueKind.None, [next], counter);
        body.Terminator = Terminator.Jump(head);
        block = end;
    }

    private MemoryPlace ElementOnStack()
    {
        var index = AsLong(PopScalar());
        var view = ViewOf(Pop(), typeof(byte[]));
        return new MemoryPlace(view.Element, ElementAddress(view, index));
    }

    private Value ElementAddress(ViewValue view, Value index) =>
        Emit(Operation.Address, ValueKind.Pointer, [view.Pointer, index], new Step(FieldLayout.SizeOf(view.Element), 0));
}
