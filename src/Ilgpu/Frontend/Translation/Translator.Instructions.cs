using System.Reflection;
using System.Reflection.Emit;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>The instructions of intermediate language: ECMA-335, partition III.</content>
internal sealed partial class Translator
{
    private Type? constraint;

    /// <returns>Whether the next instruction follows; not so after jumps and returns.</returns>
    private bool Translate(in Instruction instruction)
    {
        var name = instruction.OpCode.Name!;
        var operand = (int)instruction.Operand;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        switch (dot < 0 ? name : name[..dot])
        {
            case "nop" or "break" or "readonly" or "volatile" or "unaligned" or "tail":
                return true;
            case "constrained":
                constraint = ResolveType(operand);
                return true;
            case "ldarg":
                LoadArgument(VariableNumber(instruction));
                return true;
            case "ldarga":
                PushAddressOfArgument(VariableNumber(instruction));
                return true;
            case "starg":
                Store(frame.Storages[-1 - VariableNumber(instruction)], Pop());
                return true;
            case "ldloc":
                LoadLocal(VariableNumber(instruction));
                return true;
            case "ldloca":
                PushAddressOfLocal(VariableNumber(instruction));
                return true;
            case "stloc":
                StoreLocal(VariableNumber(instruction));
                return true;
            case "ldnull":
                Push(new ObjectValue("null", IsNull: true));
                return true;
            case "ldstr":
                Push(new ObjectValue("a string", Text: frame.Method.Module.ResolveString(operand)));
                return true;
            case "ldc":
                Push(ConstantOf(instruction));
                return true;
            case "dup":
                Push(stack[depth - 1]);
                return true;
            case "pop":
                depth--;
                return true;
            case "call" or "callvirt":
                var type = constraint;
                constraint = null;
                Call(ResolveMethod(operand), type, isVirtual: name == "callvirt");
                return true;
            case "newobj":
                Construct((ConstructorInfo)ResolveMethod(operand));
                return true;
            case "ret":
                Return();
                return false;
            case "br":
                block.Terminator = Terminator.Jump(Enter(operand, stack.AsSpan(0, depth)));
                return false;
            case "brtrue" or "brfalse":
                var condition = ConditionOf(Pop());
                Branch(instruction, name.StartsWith("brtrue", StringComparison.Ordinal) ? condition : Not(condition));
                return false;
            case "beq" or "bge" or "bgt" or "ble" or "blt" or "bne":
                Branch(instruction, CompareStack(name));
                return false;
            case "switch":
                Switch(instruction);
                return false;
            case "ceq" or "cgt" or "clt":
                Push(CompareStack(name));
                return true;
            case "add" or "sub" or "mul" or "div" or "rem" or "and" or "or" or "xor" or "shl" or "shr":
                Binary(name);
                return true;
            case "neg" or "not":
                var value = AsNumber(PopScalar());
                Push(Emit(name == "neg" ? Operation.Negate : Operation.Not, value.Kind, [value]));
                return true;
            case "conv":
                Convert(name);
                return true;
            default:
                return TranslateObject(instruction, name, operand);
        }
    }

    /// <summary>Instructions on structures, memory, arrays and types.</summary>
    private bool TranslateObject(in Instruction instruction, string name, int operand)
    {
        switch (instruction.OpCode.Name)
        {
            case "ldfld":
                LoadField(ResolveField(operand));
                return true;
            case "ldflda":
                var (field, place, number) = FieldOnStack(ResolveField(operand), Pop());
                Push(new ReferenceValue(FieldOf(place ?? throw Refuse("the address of a field of a value"), field, number)));
                return true;
            case "stfld":
                var stored = Pop();
                var (target, owner, index) = FieldOnStack(ResolveField(operand), Pop());
                Store(FieldOf(owner ?? throw Refuse("a store to a field of a value"), target, index), stored);
                return true;
            case "ldsfld":
                Push(StaticValue(ResolveField(operand)));
                return true;
            case "ldsflda":
                var constant = ResolveField(operand);
                Push(new ReferenceValue(new ValuePlace(
                    constant.FieldType, StaticValue(constant), new SlotKey($"static {constant.Name}", 0))));
                return true;
            case "stsfld":
                throw Refuse($"a store to the static field {ResolveField(operand).Name}", "Pass a view to write to.");
            case "initobj":
                var cleared = ResolveType(operand);
                Store(PlaceOfStack(Pop()), Zero(cleared));
                return true;
            case "ldobj":
                Push(Load(Retype(PlaceOfStack(Pop()), ResolveType(operand))));
                return true;
            case "stobj":
                var content = Pop();
                Store(Retype(PlaceOfStack(Pop()), ResolveType(operand)), content);
                return true;
            case "cpobj":
                var from = Load(PlaceOfStack(Pop()));
                Store(PlaceOfStack(Pop()), from);
                return true;
            case "sizeof":
                Push(Constant.Int(FieldLayout.SizeOf(ResolveType(operand))));
                return true;
            case "ldtoken":
                Push(ResolveToken(operand));
                return true;
            case "newarr":
                NewArray(ResolveType(operand));
                return true;
            case "ldlen":
                Push(ViewOf(Pop(), typeof(byte[])).Length);
                return true;
            case "ldelema":
                Push(new ReferenceValue(ElementOnStack()));
                return true;
            case "box":
                var boxed = ResolveType(operand);
                Push(new BoxedValue(boxed, Pop()));
                return true;
            case "unbox.any" when Pop() is BoxedValue box && box.Type == ResolveType(operand):
                Push(box.Content);
                return true;
            case "isinst" when Pop() is BoxedValue box:
                Push(ResolveType(operand).IsAssignableFrom(box.Type) ? box : new ObjectValue("null", IsNull: true));
                return true;
            case "throw":
                if (!IsLibrary(frame.Method))
                {
                    throw Refuse("a throw", "Kernels cannot throw.");
                }

                block.Terminator = Terminator.Unreachable;
                return false;
            case "localloc":
                throw Refuse("a stackalloc", "Use LocalMemory.Allocate.");
        }

        if (name.StartsWith("ldelem", StringComparison.Ordinal))
        {
            Push(Load(ElementOnStack()));
        }
        else if (name.StartsWith("stelem", StringComparison.Ordinal))
        {
            var value = Pop();
            Store(ElementOnStack(), value);
        }
        else if (name.StartsWith("ldind", StringComparison.Ordinal))
        {
            Push(Load(Retype(PlaceOfStack(Pop()), IndirectType(name))));
        }
        else if (name.StartsWith("stind", StringComparison.Ordinal))
        {
            var value = Pop();
            Store(Retype(PlaceOfStack(Pop()), IndirectType(name)), value);
        }
        else
        {
            throw Refuse($"the instruction {name}");
        }

        return true;
    }

    private static int VariableNumber(in Instruction instruction) =>
        instruction.OpCode.OperandType == OperandType.InlineNone ? instruction.OpCode.Name![^1] - '0' : (int)instruction.Operand;

    private static Constant ConstantOf(in Instruction instruction)
    {
        var code = instruction.OpCode;
        return code == OpCodes.Ldc_I8 ? Constant.Long(instruction.Operand)
            : code == OpCodes.Ldc_R4 ? Constant.Of(ValueKind.Float32, instruction.Operand)
            : code == OpCodes.Ldc_R8 ? Constant.Of(ValueKind.Float64, instruction.Operand)
            : code.OperandType != OperandType.InlineNone ? Constant.Int((int)instruction.Operand)
            : Constant.Int(code == OpCodes.Ldc_I4_M1 ? -1 : code.Name![^1] - '0');
    }

    private void Return()
    {
        var isVoid = frame.Method is not MethodInfo { ReturnType: { } type } || type == typeof(void);
        frame.Returns.Add((block, isVoid ? null : FitResult(Pop())));
    }

    private StackValue FitResult(StackValue value)
    {
        var type = ((MethodInfo)frame.Method).ReturnType;
        return TypeShapes.Of(type) == TypeShape.Scalar ? new ScalarValue(Fit(value, type)) : value;
    }

    private Value ConditionOf(StackValue value) => value switch
    {
        ScalarValue scalar => AsTruth(scalar.Value),
        ObjectValue reference => Constant.Bool(!reference.IsNull),
        BoxedValue or TypeValue or MethodValue or ReferenceValue or ViewValue => Constant.Bool(true),
        _ => throw Refuse("a structure as a condition"),
    };

    private Value Not(Value condition) => Emit(Operation.Not, ValueKind.Bool, [condition]);

    private void Branch(in Instruction instruction, Value condition)
    {
        var next = frame.Code[IndexOf(instruction.Offset) + 1].Offset;
        var values = stack.AsSpan(0, depth);
        if (condition is Constant constant)
        {
            block.Terminator = Terminator.Jump(Enter(constant.IsZero ? next : (int)instruction.Operand, values));
            return;
        }

        var whenFalse = Enter(next, values);
        var whenTrue = Enter((int)instruction.Operand, values);
        block.Terminator = Terminator.Branch(condition, new Edge(whenTrue), new Edge(whenFalse));
    }

    private void Switch(in Instruction instruction)
    {
        var next = frame.Code[IndexOf(instruction.Offset) + 1].Offset;
        var selector = AsNumber(PopScalar());
        var values = stack.AsSpan(0, depth);
        if (selector is Constant known)
        {
            var taken = (ulong)known.Bits < (ulong)instruction.Targets!.Length ? instruction.Targets[known.Bits] : next;
            block.Terminator = Terminator.Jump(Enter(taken, values));
            return;
        }

        for (var i = 0; i < instruction.Targets!.Length; i++)
        {
            var isCase = Emit(Operation.Compare, ValueKind.Bool, [selector, Constant.Of(selector.Kind, i)], Comparison.Equal);
            var target = Enter(instruction.Targets[i], values);
            var rest = new Block();
            block.Terminator = Terminator.Branch(isCase, new Edge(target), new Edge(rest));
            block = rest;
        }

        block.Terminator = Terminator.Jump(Enter(next, values));
    }

    /// <summary>Comparison and branch on it: <c>ceq</c>, <c>cgt.un</c>, <c>blt.un.s</c> and their like.</summary>
    private Value CompareStack(string name)
    {
        var (right, left) = (Pop(), Pop());
        var code = name.TrimStart('b', 'c')[..2];
        if (left is not ScalarValue and not StructureValue || right is not ScalarValue and not StructureValue)
        {
            return CompareReferences(code, left, right);
        }

        var (a, b) = Widen(AsNumber(ScalarOf(left)), AsNumber(ScalarOf(right)));
        var isUnsigned = name.Contains(".un", StringComparison.Ordinal);
        var isFloat = ValueKinds.IsFloat(a.Kind);
        var comparison = code switch
        {
            "eq" => Comparison.Equal,
            "ne" => Comparison.NotEqual,
            "lt" => Comparison.Less,
            "le" => Comparison.LessOrEqual,
            "gt" => Comparison.Greater,
            _ => Comparison.GreaterOrEqual,
        };
        if (!isUnsigned || comparison is Comparison.Equal or Comparison.NotEqual)
        {
            return Emit(Operation.Compare, ValueKind.Bool, [a, b], comparison);
        }

        // Of floats, "unsigned" means true for NaN: the opposite of the opposite, which is false for it.
        return isFloat
            ? Not(Emit(Operation.Compare, ValueKind.Bool, [a, b], OppositeOf(comparison)))
            : Emit(Operation.Compare, ValueKind.Bool, [a, b], comparison - Comparison.Less + Comparison.Below);
    }

    private static Comparison OppositeOf(Comparison comparison) => Folding.Opposite(comparison, ValueKind.Int32)!.Value;

    /// <summary>Objects exist while compiling only, so whether they are equal is known.</summary>
    private Constant CompareReferences(string code, StackValue left, StackValue right)
    {
        var areEqual = (left, right) switch
        {
            (ObjectValue { IsNull: true }, ObjectValue { IsNull: true }) => true,
            (ObjectValue { IsNull: true }, _) or (_, ObjectValue { IsNull: true }) => false,
            _ => throw Refuse("a comparison of references"),
        };
        return Constant.Bool(code == "eq" ? areEqual : !areEqual);
    }

    private static Type IndirectType(string name) => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..] switch
    {
        "i1" => typeof(sbyte),
        "u1" => typeof(byte),
        "i2" => typeof(short),
        "u2" => typeof(ushort),
        "i4" => typeof(int),
        "u4" => typeof(uint),
        "i8" => typeof(long),
        "r4" => typeof(float),
        "r8" => typeof(double),
        "i" => typeof(nint),
        _ => typeof(object),
    };

    private Type ResolveType(int token) =>
        frame.Method.Module.ResolveType(token, frame.TypeArguments, frame.MethodArguments);

    private MethodBase ResolveMethod(int token) =>
        frame.Method.Module.ResolveMethod(token, frame.TypeArguments, frame.MethodArguments)!;

    private FieldInfo ResolveField(int token) =>
        frame.Method.Module.ResolveField(token, frame.TypeArguments, frame.MethodArguments)!;

    private StackValue ResolveToken(int token) =>
        frame.Method.Module.ResolveMember(token, frame.TypeArguments, frame.MethodArguments) is Type type
            ? new TypeValue(type)
            : new ObjectValue("the handle of a member");
}
