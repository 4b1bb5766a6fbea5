using System.Reflection;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <summary>Reads a kernel and everything that it calls into one function of the form of <see cref="IR"/>.</summary>
/// <remarks>
/// <para>The intermediate language is run on a stack of values that are known only as far as the compiler knows them: numbers as
/// <see cref="Value"/>, structures as their fields, references as what they refer to. So calls are put in place, generics and
/// static abstract members are concrete methods, and structures are gone at the end.</para>
/// <para>Branches on constants are decided at once; what only a branch not taken would use is never looked at. So code for other
/// accelerators, and the type tests of generic code, cost nothing and need not be in the language of kernels.</para>
/// </remarks>
internal sealed partial class Translator
{
    /// <summary>Calls within calls; more would be a recursion over ever new types.</summary>
    private const int MaxDepth = KernelScan.MaxDepth;

    private readonly KernelSource kernel;
    private readonly KernelTarget target;
    private readonly KernelForm form;

    /// <summary>Local variables that have to lie in memory, because references to them vary.</summary>
    private readonly IReadOnlySet<SlotKey> addressed;

    /// <summary>Locals and arguments that are written to through references.</summary>
    private readonly IReadOnlySet<SlotKey> written;

    /// <summary>What variables were last given in the blocks that are being written.</summary>
    private readonly Dictionary<Block, Dictionary<Variable, Value>> stored = [];

    private Block block;
    private Frame frame = null!;

    private Translator(
        KernelSource kernel,
        KernelTarget target,
        IReadOnlySet<SlotKey> addressed,
        IReadOnlySet<SlotKey> written)
    {
        this.kernel = kernel;
        this.target = target;
        this.addressed = addressed;
        this.written = written;
        form = new KernelForm(kernel.Name);
        block = form.Entry;
    }

    /// <param name="kernel">The method.</param>
    /// <param name="isImplicitlyGrouped">Its first parameter is an index that the launch gives it.</param>
    /// <param name="constants">For each parameter after the index: the value of a specialized one, or null.</param>
    /// <param name="target">What code can ask about the accelerator.</param>
    /// <exception cref="InternalCompilerException">The kernel uses what the language of kernels does not have.</exception>
    public static KernelForm Translate(
        KernelSource kernel,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        KernelTarget target)
    {
        var addressed = new HashSet<SlotKey>();
        var written = new HashSet<SlotKey>();
        while (true)
        {
            try
            {
                var translator = new Translator(kernel, target, addressed, written);
                translator.TranslateKernel(isImplicitlyGrouped, constants);
                return translator.form;
            }
            catch (SlotException exception) when ((exception.IsAddressed ? addressed : written).Add(exception.Slot))
            {
                // What was assumed of a local variable does not hold: once more, without that assumption.
            }
        }
    }

    /// <summary>The kernel cannot be compiled.</summary>
    /// <param name="actual">What it has that it must not have.</param>
    /// <param name="advice">What to do instead, if that is known.</param>
    /// <param name="place">Where it has it; else the innermost position in code that has symbols, for that is the user's.</param>
    private InternalCompilerException Refuse(string actual, string advice = "", string? place = null)
    {
        var through = "";
        for (var at = frame; at is not null && place is null; at = at.Caller)
        {
            place = PlaceOf(at.Method, at.Symbols, at.Offset);
            through = place is null ? $" through {MethodName.Of(at.Method)}" : through;
        }

        if (place is null)
        {
            (place, through) = (frame is null ? kernel.Name : MethodName.Of(frame.Method), "");
        }

        return new InternalCompilerException(
            $"kernel {kernel.Name}: expected what accelerators can run; got {actual}{through} in {place}." +
            $"{(advice.Length > 0 ? " " : "")}{advice}");
    }

    /// <summary>Method, file and line of an instruction, or null where there are no symbols.</summary>
    private static string? PlaceOf(MethodBase method, DebugSymbols symbols, int offset) =>
        symbols.PositionOf(offset) is { } line ? $"{MethodName.Of(method)} ({line})" : null;

    private void TranslateKernel(bool isImplicitlyGrouped, IReadOnlyList<object?> constants)
    {
        var method = kernel.Method;
        var parameters = method.GetParameters();
        var arguments = new List<StackValue>();
        if (!method.IsStatic)
        {
            arguments.Add(new ObjectValue("the closure of a lambda"));
        }

        Value? isInside = null;
        if (isImplicitlyGrouped)
        {
            arguments.Add(ReadIndex(parameters[0].ParameterType, out isInside));
        }

        foreach (var (parameter, constant) in parameters.Skip(isImplicitlyGrouped ? 1 : 0).Zip(constants))
        {
            arguments.Add(constant is null
                ? ReadParameter(parameter.ParameterType, parameter.Name ?? "argument")
                : new StructureValue(
                    parameter.ParameterType, [ConstantOf(constant, constant.GetType())]));
        }

        var end = new Block { Terminator = Terminator.Return };
        if (isInside is not null)
        {
            var body = new Block();
            block.Terminator = Terminator.Branch(isInside, new Edge(body), new Edge(end));
            block = body;
        }

        Inline(method, [.. arguments], "");
        block.Terminator = Terminator.Jump(end);
    }

    /// <summary>The index of an implicitly grouped kernel, from the place of the thread in the launch.</summary>
    private StructureValue ReadIndex(Type type, out Value? isInside)
    {
        isInside = null;
        var fields = FieldLayout.Of(type);
        var values = new StackValue[fields.Count];
        for (var axis = 0; axis < fields.Count; axis++)
        {
            var number = TypeShapes.NumberOf(fields[axis].Type);
            var kind = ValueKinds.KindOf(number);
            var index = Emit(Operation.Thread, kind, [], ThreadRegister.GlobalIndexX + axis);
            index.Name = kernel.Method.GetParameters()[0].Name + (fields.Count > 1 ? $"_{fields[axis].Name.ToLowerInvariant()}" : "");
            var extent = AddParameter(kind, number, $"extent_{fields[axis].Name.ToLowerInvariant()}");
            var isBelow = Emit(Operation.Compare, ValueKind.Bool, [index, extent], Comparison.Less);
            isInside = isInside is null ? isBelow : Emit(Operation.And, ValueKind.Bool, [isInside, isBelow]);
            values[axis] = new ScalarValue(index);
        }

        return new StructureValue(type, values);
    }

    /// <summary>An argument of the launch, put together from what is passed of it: see <c>CLKernelCode</c>.</summary>
    private StackValue ReadParameter(Type type, string name)
    {
        switch (TypeShapes.Of(type))
        {
            case TypeShape.Scalar:
                var number = TypeShapes.NumberOf(type);
                return new ScalarValue(AddParameter(ValueKinds.KindOf(number), number, name));
            case TypeShape.View when !type.IsArray:
                var element = TypeShapes.ElementOf(type);
                var buffer = AddParameter(ValueKind.Pointer, ElementNumber(element), $"{name}_buffer");
                var offset = AddParameter(ValueKind.Int64, NumberType.Int64, $"{name}_offset");
                var length = AddParameter(ValueKind.Int64, NumberType.Int64, $"{name}_length");
                var pointer = Emit(Operation.Address, ValueKind.Pointer, [buffer, offset], new Step(1, 0));
                pointer.Name = name;
                return new ViewValue(element, pointer, length);
            case TypeShape.Structure:
                return new StructureValue(
                    type, [.. FieldLayout.Of(type).Select(field => ReadParameter(field.Type, ParameterName(name, field, type)))]);
            case TypeShape.Memory:
                var part = BufferElement(type);
                return new StructureValue(
                    type,
                    [.. Enumerable.Range(0, FieldLayout.SizeOf(type) / FieldLayout.SizeOf(part))
                        .Select(i => ReadParameter(part, $"{name}_{i}"))]);
            default:
                throw Refuse($"a parameter {name} of type {type.Name}");
        }
    }

    /// <summary>Fields that wrap one thing keep its name: the view inside of a strided view, the number inside of an index.</summary>
    private static string ParameterName(string name, FieldPlace field, Type type) =>
        field.Name == "BaseView" || FieldLayout.Of(type).Count == 1 ? name : $"{name}_{field.Name}";

    private Parameter AddParameter(ValueKind kind, NumberType type, string name)
    {
        var parameter = new Parameter(kind, type) { Name = name };
        form.Parameters.Add(parameter);
        return parameter;
    }

    /// <summary>What memory of an element type is declared as: bytes for structures.</summary>
    private static NumberType ElementNumber(Type element)
    {
        while (TypeShapes.Of(element) == TypeShape.Structure && FieldLayout.Of(element) is [var only] &&
            FieldLayout.SizeOf(only.Type) == FieldLayout.SizeOf(element))
        {
            element = only.Type;
        }

        return TypeShapes.Of(element) == TypeShape.Scalar ? TypeShapes.NumberOf(element) : NumberType.UInt8;
    }

    /// <summary>A value of the host as a constant of the kernel.</summary>
    private StackValue ConstantOf(object value, Type type) => TypeShapes.Of(type) switch
    {
        TypeShape.Scalar => new ScalarValue(value switch
        {
            bool truth => Constant.Bool(truth),
            float number => Constant.Float(number),
            double number => Constant.Double(number),
            System.Half half => Constant.Int(BitConverter.HalfToUInt16Bits(half)),
            char letter => Constant.Int(letter),
            ulong number => Constant.Long(unchecked((long)number)),
            nuint number => Constant.Long(unchecked((long)number)),
            nint number => Constant.Long(number),
            _ => Constant.Of(TypeShapes.KindOf(type), System.Convert.ToInt64(value, null)),
        }),
        TypeShape.Structure => new StructureValue(
            type, [.. FieldLayout.Of(type).Select(field => ConstantOf(field.Field.GetValue(value)!, field.Type))]),
        _ => throw Refuse($"a constant of type {type.Name}"),
    };

    /// <summary>Adds an instruction, or what it is known to be.</summary>
    private Value Emit(Operation operation, ValueKind kind, Value[] operands, object? detail = null)
    {
        if (detail is Variable variable)
        {
            if (!stored.TryGetValue(block, out var values))
            {
                stored[block] = values = [];
            }

            if (operation == Operation.StoreVariable)
            {
                values[variable] = operands[0];
            }
            else if (values.TryGetValue(variable, out var known))
            {
                return known;
            }
        }

        var instruction = new IR.Instruction(operation, kind, operands, detail);
        Value result = instruction;
        while (result is IR.Instruction { IsPlaced: false } current &&
            Folding.Fold(current.Operation, current.Kind, current.Operands, current.Detail) is { } simpler)
        {
            result = simpler;
        }

        if (result is IR.Instruction { IsPlaced: false } fresh)
        {
            fresh.IsPlaced = true;
            block.Instructions.Add(fresh);
        }

        return result;
    }

    /// <summary>Memory of the thread or group; it is there from the start of the kernel.</summary>
    private IR.Instruction Allocate(string name, AddressSpace space, Type element, long bytes)
    {
        var allocation = new IR.Instruction(
            Operation.Allocate, ValueKind.Pointer, [], new Allocation(space, ElementNumber(element), bytes))
        {
            Name = name,
            IsPlaced = true,
        };
        form.Entry.Instructions.Insert(0, allocation);
        return allocation;
    }

    /// <summary>An assumption on a local variable does not hold.</summary>
    private sealed class SlotException(SlotKey slot, bool isAddressed) : Exception
    {
        public SlotKey Slot { get; } = slot;

        public bool IsAddressed { get; } = isAddressed;
    }
}
