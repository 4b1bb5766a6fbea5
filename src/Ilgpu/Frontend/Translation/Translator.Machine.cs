using System.Reflection;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>The machine model: places of threads, shared memory, barriers, shuffles, atomics.</content>
internal sealed partial class Translator
{
    /// <returns>Whether the method is one of these; others of the same types are read as they are.</returns>
    private bool TryMachine(string type, MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        switch (type)
        {
            case nameof(Atomic):
                result = Atomics(method, arguments);
                return true;
            case nameof(SharedMemory):
                result = AllocateShared((MethodInfo)method, arguments);
                return true;
            case nameof(Group):
                return TryGroup(method, arguments, out result);
            case nameof(Grid):
                return TryGrid(method, out result);
            default:
                return TryWarp(method, arguments, out result);
        }
    }

    private bool TryGroup(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        switch (method.Name)
        {
            case "get_Index":
                result = Place3D(ThreadRegister.GroupIndexX);
                return true;
            case "get_Dimension":
                result = Place3D(ThreadRegister.GroupDimensionX);
                return true;
            case "get_IdxX" or "get_IdxY" or "get_IdxZ":
                result = Register(ThreadRegister.GroupIndexX + (method.Name[^1] - 'X'));
                return true;
            case "get_DimX" or "get_DimY" or "get_DimZ":
                result = Register(ThreadRegister.GroupDimensionX + (method.Name[^1] - 'X'));
                return true;
            case "get_LinearIndex":
                result = Register(ThreadRegister.GroupLinearIndex);
                return true;
            case "get_IsLastThread":
                var size = ScalarOf(Register(ThreadRegister.GroupDimensionX));
                for (var axis = 1; axis < 3; axis++)
                {
                    size = Emit(
                        Operation.Multiply, ValueKind.Int32, [size, ScalarOf(Register(ThreadRegister.GroupDimensionX + axis))]);
                }

                result = new ScalarValue(Emit(
                    Operation.Compare,
                    ValueKind.Bool,
                    [
                        ScalarOf(Register(ThreadRegister.GroupLinearIndex)),
                        Emit(Operation.Subtract, ValueKind.Int32, [size, Constant.Int(1)]),
                    ],
                    Comparison.Equal));
                return true;
            case nameof(Group.Barrier):
                Emit(Operation.Barrier, ValueKind.None, []);
                return true;
            case nameof(Group.BarrierPopCount):
                result = new ScalarValue(CountTrue(arguments[0]));
                return true;
            case nameof(Group.BarrierOr):
                result = new ScalarValue(AsTruth(CountTrue(arguments[0])));
                return true;
            case nameof(Group.BarrierAnd):
                result = new ScalarValue(Not(AsTruth(CountTrue(new ScalarValue(Not(ConditionOf(arguments[0])))))));
                return true;
            case nameof(Group.Broadcast):
                result = Exchange(Operation.Broadcast, arguments[0], ScalarOf(arguments[1]));
                return true;
            default:
                return false;
        }
    }

    /// <summary>How many threads of the group have a true condition: counted in shared memory, between barriers.</summary>
    private Value CountTrue(StackValue condition)
    {
        var counter = Allocate("counter", AddressSpace.Shared, typeof(int), sizeof(int));
        var (first, start) = (new Block(), new Block());
        var isFirst = Emit(
            Operation.Compare,
            ValueKind.Bool,
            [ScalarOf(Register(ThreadRegister.GroupLinearIndex)), Constant.Int(0)],
            Comparison.Equal);
        var truth = AsNumber(ConditionOf(condition));
        block.Terminator = Terminator.Branch(isFirst, new Edge(first), new Edge(start));
        block = first;
        Emit(Operation.Store, ValueKind.None, [counter, Constant.Int(0)], NumberType.Int32);
        block.Terminator = Terminator.Jump(start);
        block = start;
        Emit(Operation.Barrier, ValueKind.None, []);
        Emit(Operation.Atomic, ValueKind.Int32, [counter, truth], new AtomicDetail(AtomicOperation.Add, NumberType.Int32));
        Emit(Operation.Barrier, ValueKind.None, []);
        var count = Emit(Operation.Load, ValueKind.Int32, [counter], NumberType.Int32);
        Emit(Operation.Barrier, ValueKind.None, []);
        return count;
    }

    private bool TryGrid(MethodBase method, out StackValue? result)
    {
        switch (method.Name)
        {
            case "get_Index":
                result = Place3D(ThreadRegister.GridIndexX);
                return true;
            case "get_Dimension":
                result = Place3D(ThreadRegister.GridDimensionX);
                return true;
            case "get_IdxX" or "get_IdxY" or "get_IdxZ":
                result = Register(ThreadRegister.GridIndexX + (method.Name[^1] - 'X'));
                return true;
            case "get_DimX" or "get_DimY" or "get_DimZ":
                result = Register(ThreadRegister.GridDimensionX + (method.Name[^1] - 'X'));
                return true;
            case "get_GlobalLinearIndex" or "get_LongGlobalLinearIndex":
                var group = ScalarOf(Inline(typeof(Grid).GetProperty(nameof(Grid.LinearIndex))!.GetMethod!, [], $"{frame.Path}/{frame.Offset:x}")!);
                var size = ScalarOf(Inline(typeof(Index3D).GetProperty(nameof(Index3D.Size))!.GetMethod!, [new ReferenceValue(
                    new ValuePlace(typeof(Index3D), Place3D(ThreadRegister.GroupDimensionX), default))], $"{frame.Path}/{frame.Offset:x}")!);
                var index = ScalarOf(Register(ThreadRegister.GroupLinearIndex));
                if (method.Name.Contains("Long", StringComparison.Ordinal))
                {
                    (group, size, index) = (AsLong(group), AsLong(size), AsLong(index));
                }

                var start = Emit(Operation.Multiply, group.Kind, [group, size]);
                result = new ScalarValue(Emit(Operation.Add, group.Kind, [start, index]));
                return true;
            default:
                result = null;
                return false;
        }
    }

    private bool TryWarp(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        var size = Constant.Int(target.WarpSize);
        var thread = ScalarOf(Register(ThreadRegister.GroupLinearIndex));
        Value Lane() => Emit(Operation.RemainderUnsigned, ValueKind.Int32, [thread, size]);
        switch (method.Name)
        {
            case "get_WarpSize":
                result = new ScalarValue(size);
                return true;
            case "get_LaneIdx":
                result = new ScalarValue(Lane());
                return true;
            case "get_WarpIdx":
                result = new ScalarValue(Emit(Operation.DivideUnsigned, ValueKind.Int32, [thread, size]));
                return true;
            case nameof(Warp.Barrier):
                Emit(Operation.Barrier, ValueKind.None, []);
                return true;
            case "Read":
                // Lanes outside the part of the warp give way to the own one.
                var (source, width) = (ScalarOf(arguments[1]), ScalarOf(arguments[2]));
                var within = Emit(Operation.Compare, ValueKind.Bool, [source, width], Comparison.Below);
                var part = Emit(
                    Operation.Multiply,
                    ValueKind.Int32,
                    [Emit(Operation.DivideUnsigned, ValueKind.Int32, [Lane(), width]), width]);
                var lane = Emit(
                    Operation.Select,
                    ValueKind.Int32,
                    [within, Emit(Operation.Add, ValueKind.Int32, [part, source]), Lane()]);
                result = Exchange(Operation.Shuffle, arguments[0], lane);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What another thread gives; structures field by field.</summary>
    private StackValue Exchange(Operation operation, StackValue value, Value source) => value switch
    {
        ScalarValue { Value.Kind: ValueKind.Bool } truth => new ScalarValue(
            AsTruth(Emit(operation, ValueKind.Int32, [AsNumber(truth.Value), source]))),
        ScalarValue scalar => new ScalarValue(Emit(operation, scalar.Value.Kind, [scalar.Value, source])),
        StructureValue structure => structure with
        {
            Fields = [.. structure.Fields.Select(field => Exchange(operation, field, source))],
        },
        _ => throw Refuse("an exchange of references between threads"),
    };

    private ScalarValue Register(ThreadRegister register) => new(Emit(Operation.Thread, ValueKind.Int32, [], register));

    private StructureValue Place3D(ThreadRegister x) =>
        new(typeof(Index3D), [Register(x), Register(x + 1), Register(x + 2)]);

    private StackValue AllocateShared(MethodInfo method, StackValue[] arguments)
    {
        switch (method.Name)
        {
            case nameof(SharedMemory.GetDynamic):
                var type = method.GetGenericArguments()[0];
                var memory = form.Entry.Instructions.Find(instruction =>
                    instruction.Detail is Allocation { Space: AddressSpace.Shared, Bytes: < 0 })
                    ?? Allocate("dynamic_shared", AddressSpace.Shared, typeof(byte), -1);
                var bytes = ScalarOf(Register(ThreadRegister.DynamicSharedBytes));
                var view = new ViewValue(typeof(byte), memory, AsLong(bytes));
                return CastView(view, type);
            case nameof(SharedMemory.Allocate) when arguments.Length == 0:
                var element = method.GetGenericArguments()[0];
                var one = AllocateView("shared", AddressSpace.Shared, element, 1);
                return new ReferenceValue(new MemoryPlace(element, one.Pointer));
            case nameof(SharedMemory.Allocate):
                return AllocateView(
                    "shared",
                    AddressSpace.Shared,
                    method.GetGenericArguments()[0],
                    ConstantLength(arguments[0], nameof(SharedMemory)));
            case nameof(SharedMemory.Allocate1D):
                return AsDense(AllocateView(
                    "shared",
                    AddressSpace.Shared,
                    method.GetGenericArguments()[0],
                    ConstantLength(arguments[0], nameof(SharedMemory))));
            default:
                return AllocateTile("shared", AddressSpace.Shared, method, arguments);
        }
    }

    private ScalarValue Atomics(MethodBase method, StackValue[] arguments)
    {
        if (!Enum.TryParse<AtomicOperation>(method.Name, out var operation))
        {
            throw Refuse(MethodName.Of(method));
        }

        var place = ((ReferenceValue)arguments[0]).Place;
        var type = method.GetParameters()[1].ParameterType;
        var operands = arguments.Skip(1).Select(ScalarOf);

        // What is expected comes last, as not every operation has it.
        if (operation == AtomicOperation.CompareExchange)
        {
            operands = operands.Reverse();
        }

        return new ScalarValue(Emit(
            Operation.Atomic,
            TypeShapes.KindOf(type),
            [PointerTo(place), .. operands],
            new AtomicDetail(operation, TypeShapes.NumberOf(type))));
    }
}
