using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>Local variables and memory: what lies there, and access to it.</content>
internal sealed partial class Translator
{
    private Storage CreateStorage(Type type, SlotKey slot, string? name)
    {
        switch (TypeShapes.Of(type))
        {
            case TypeShape.Scalar when !addressed.Contains(slot):
                return new ScalarStorage(type, slot, new Variable(TypeShapes.KindOf(type), name));
            case TypeShape.Structure when !addressed.Contains(slot) && !FieldLayout.HasOverlaps(type):
                var fields = FieldLayout.Of(type);
                return new StructureStorage(
                    type,
                    slot,
                    [.. fields.Select(field => CreateStorage(field.Type, slot, FieldName(name, field, fields.Count)))]);
            case TypeShape.Scalar or TypeShape.Structure or TypeShape.Memory:
                return new MemoryStorage(
                    type, slot, Allocate(name ?? "local", AddressSpace.Private, BufferElement(type), FieldLayout.SizeOf(type)));
            case TypeShape.View:
                return new ViewStorage(
                    type, slot, new Variable(ValueKind.Pointer, name), new Variable(ValueKind.Int64, $"{name}_length"));
            default:
                return new ReferenceStorage(type, slot, new Variable(ValueKind.Pointer, name));
        }
    }

    private static string? FieldName(string? owner, FieldPlace field, int count) =>
        count == 1 ? owner : owner is null ? field.Name : $"{owner}_{field.Name}";

    /// <summary>What an inline array or a fixed buffer consists of.</summary>
    private static Type BufferElement(Type type) =>
        TypeShapes.Of(type) == TypeShape.Memory ? FieldLayout.Of(type)[0].Type : type;

    private void Store(Storage storage, StackValue value)
    {
        switch (storage)
        {
            case ScalarStorage scalar:
                Emit(Operation.StoreVariable, ValueKind.None, [Fit(value, scalar.Type)], scalar.Variable);
                break;
            case StructureStorage structure when value is StructureValue from:
                for (var i = 0; i < structure.Fields.Length; i++)
                {
                    Store(structure.Fields[i], from.Fields[i]);
                }

                break;
            case ViewStorage view when ViewOf(value, view.Type) is var from:
                Emit(Operation.StoreVariable, ValueKind.None, [from.Pointer], view.Pointer);
                Emit(Operation.StoreVariable, ValueKind.None, [from.Length], view.Length);
                break;
            case MemoryStorage memory:
                StoreMemory(memory.Type, memory.Pointer, value);
                break;
            case ReferenceStorage reference:
                StoreReference(reference, value);
                break;
            default:
                throw Refuse($"a {value.GetType().Name} in a variable of type {storage.Type.Name}");
        }
    }

    private StackValue Load(Storage storage) => storage switch
    {
        ScalarStorage scalar => new ScalarValue(Emit(Operation.LoadVariable, scalar.Variable.Kind, [], scalar.Variable)),
        StructureStorage structure => new StructureValue(structure.Type, [.. structure.Fields.Select(Load)]),
        ViewStorage view => new ViewValue(
            TypeShapes.ElementOf(view.Type),
            Emit(Operation.LoadVariable, ValueKind.Pointer, [], view.Pointer),
            Emit(Operation.LoadVariable, ValueKind.Int64, [], view.Length)),
        MemoryStorage memory => LoadMemory(memory.Type, memory.Pointer),
        ReferenceStorage { Known: { } known } => known,
        ReferenceStorage reference => new ReferenceValue(new MemoryPlace(
            reference.Target, Emit(Operation.LoadVariable, ValueKind.Pointer, [], reference.Pointer))),
        _ => throw Refuse($"a variable of type {storage.Type.Name}"),
    };

    /// <summary>A reference to a variable has to be the same one always; references to memory are pointers.</summary>
    private void StoreReference(ReferenceStorage storage, StackValue value)
    {
        if (value is ReferenceValue { Place: MemoryPlace memory } && storage.Known is null)
        {
            storage.Target = memory.Type;
            storage.HasPointer = true;
            Emit(Operation.StoreVariable, ValueKind.None, [memory.Pointer], storage.Pointer);
            return;
        }

        if (storage.HasPointer || (storage.Known is { } known && !known.Equals(value)))
        {
            // Variables that several references choose from have to be in memory.
            foreach (var reference in new[] { storage.Known, value }.OfType<ReferenceValue>())
            {
                _ = PointerTo(reference.Place);
            }

            throw Refuse($"a variable of type {storage.Type.Name} that is more than one thing");
        }

        storage.Known = value;
    }

    /// <summary>The address of a place. Variables that need one are put into memory, by starting anew.</summary>
    private Value PointerTo(Place place) => place switch
    {
        MemoryPlace memory => memory.Pointer,
        StoragePlace storage => throw new SlotException(storage.Storage.Slot, isAddressed: true),
        ValuePlace value => throw new SlotException(value.Slot, isAddressed: true),
        _ => throw Refuse("an address that is not known"),
    };

    private static Place PlaceOf(Storage storage) => storage is MemoryStorage memory
        ? new MemoryPlace(memory.Type, memory.Pointer)
        : new StoragePlace(storage.Type, storage);

    private StackValue Load(Place place) => place switch
    {
        StoragePlace storage => Load(storage.Storage),
        MemoryPlace memory => LoadMemory(memory.Type, memory.Pointer),
        ValuePlace value => value.Value,
        _ => throw Refuse("a reference that is not known"),
    };

    private void Store(Place place, StackValue value)
    {
        switch (place)
        {
            case StoragePlace storage:
                Store(storage.Storage, value);
                break;
            case MemoryPlace memory:
                StoreMemory(memory.Type, memory.Pointer, value);
                break;
            case ValuePlace bound:
                throw new SlotException(bound.Slot, isAddressed: false);
            default:
                throw Refuse("a reference that is not known");
        }
    }

    /// <summary>A field of what a reference points to.</summary>
    private Place FieldOf(Place place, FieldPlace field, int index)
    {
        switch (place)
        {
            case StoragePlace { Storage: StructureStorage structure }:
                return PlaceOf(structure.Fields[index]);
            case MemoryPlace memory:
                return new MemoryPlace(field.Type, Offset(memory.Pointer, field.Offset));
            case ValuePlace { Value: StructureValue structure } value:
                return new ValuePlace(field.Type, structure.Fields[index], value.Slot);
            default:
                throw Refuse($"the field {field.Name} of something that is not a structure");
        }
    }

    private Value Offset(Value pointer, long bytes) =>
        Emit(Operation.Address, ValueKind.Pointer, [pointer, Constant.Long(0)], new Step(1, bytes));

    private StackValue LoadMemory(Type type, Value pointer)
    {
        switch (TypeShapes.Of(type))
        {
            case TypeShape.Scalar:
                var number = TypeShapes.NumberOf(type);
                var value = Emit(Operation.Load, ValueKinds.KindOf(number), [pointer], number);
                return new ScalarValue(type == typeof(bool) ? AsTruth(value) : value);
            case TypeShape.Structure:
                return new StructureValue(
                    type, [.. FieldLayout.Of(type).Select(field => LoadMemory(field.Type, Offset(pointer, field.Offset)))]);
            case TypeShape.Memory:
                var element = BufferElement(type);
                return new StructureValue(
                    type,
                    [.. Enumerable.Range(0, FieldLayout.SizeOf(type) / FieldLayout.SizeOf(element))
                        .Select(i => LoadMemory(element, Offset(pointer, (long)i * FieldLayout.SizeOf(element))))]);
            default:
                throw Refuse($"a value of type {type.Name} in memory");
        }
    }

    private void StoreMemory(Type type, Value pointer, StackValue value)
    {
        switch (TypeShapes.Of(type))
        {
            case TypeShape.Scalar:
                var scalar = Fit(value, type);
                Emit(
                    Operation.Store,
                    ValueKind.None,
                    [pointer, scalar.Kind == ValueKind.Bool ? AsNumber(scalar) : scalar],
                    TypeShapes.NumberOf(type));
                break;
            case TypeShape.Structure when value is StructureValue structure:
                foreach (var (field, part) in FieldLayout.Of(type).Zip(structure.Fields))
                {
                    StoreMemory(field.Type, Offset(pointer, field.Offset), part);
                }

                break;
            case TypeShape.Memory when value is StructureValue elements:
                var element = BufferElement(type);
                for (var i = 0; i < elements.Fields.Length; i++)
                {
                    StoreMemory(element, Offset(pointer, (long)i * FieldLayout.SizeOf(element)), elements.Fields[i]);
                }

                break;
            default:
                throw Refuse($"a value of type {type.Name} in memory");
        }
    }

    /// <summary>All bits zero.</summary>
    private static StackValue Zero(Type type) => TypeShapes.Of(type) switch
    {
        TypeShape.Scalar => new ScalarValue(Constant.Of(TypeShapes.KindOf(type), 0)),
        TypeShape.View => new ViewValue(TypeShapes.ElementOf(type), Constant.Of(ValueKind.Pointer, 0), Constant.Long(0)),
        TypeShape.Structure => new StructureValue(type, [.. FieldLayout.Of(type).Select(field => Zero(field.Type))]),
        TypeShape.Memory => new StructureValue(
            type,
            [.. Enumerable.Repeat(Zero(BufferElement(type)), FieldLayout.SizeOf(type) / FieldLayout.SizeOf(BufferElement(type)))]),
        _ => new ObjectValue("null", IsNull: true),
    };

    /// <summary>A number as a variable of a type takes it: integers are cut to its size.</summary>
    private Value Fit(StackValue value, Type type)
    {
        var scalar = ScalarOf(value);
        if (type == typeof(bool))
        {
            return AsTruth(scalar);
        }

        var number = TypeShapes.NumberOf(type);
        scalar = scalar.Kind == ValueKind.Bool ? AsNumber(scalar) : scalar;
        return ValueKinds.SizeOf(number) < sizeof(int) || scalar.Kind != ValueKinds.KindOf(number)
            ? Emit(Operation.Convert, ValueKinds.KindOf(number), [scalar], new Conversion(number))
            : scalar;
    }

    private Value ScalarOf(StackValue value) => value switch
    {
        ScalarValue scalar => scalar.Value,
        ReferenceValue reference => PointerTo(reference.Place),
        StructureValue { Fields: [var only] } => ScalarOf(only),
        ObjectValue { IsNull: true } => Constant.Of(ValueKind.Pointer, 0),
        ObjectValue reference => throw Refuse(reference.Description),
        TypeValue type => throw Refuse($"typeof({type.Type.Name})"),
        BoxedValue box => throw Refuse($"a boxed {box.Type.Name}", "Kernels cannot use reference types."),
        _ => throw Refuse($"a {value.GetType().Name} where a number is expected"),
    };

    private ViewValue ViewOf(StackValue value, Type type) => value switch
    {
        ViewValue view => view,
        ObjectValue { IsNull: true } => (ViewValue)Zero(type),
        _ => throw Refuse($"a {value.GetType().Name} where a view is expected"),
    };

    private Value AsTruth(Value value) => value.Kind switch
    {
        ValueKind.Bool => value,
        ValueKind.Pointer => throw Refuse("a reference as a condition"),
        _ => Emit(Operation.Compare, ValueKind.Bool, [value, Constant.Of(value.Kind, 0)], Comparison.NotEqual),
    };

    private Value AsNumber(Value value) => value.Kind == ValueKind.Bool
        ? Emit(Operation.Convert, ValueKind.Int32, [value], new Conversion(NumberType.Int32))
        : value;
}
