using System.Reflection.Emit;
using ILGPU;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>Writes one program as intermediate language, with the instructions that the C# compiler uses.</summary>
internal sealed class ProgramEmitter
{
    private const int FirstInput = 1;
    private const int FirstResult = 5;

    private readonly ILGenerator code;
    private readonly int program;
    private readonly int programs;
    private readonly Dictionary<Variable, LocalBuilder> variables = [];
    private readonly LocalBuilder[] counters;
    private readonly LocalBuilder memory;
    private readonly Stack<(Label Continue, Label Break)> loops = [];
    private readonly Label end;

    public ProgramEmitter(ILGenerator code, int program, int programs)
    {
        (this.code, this.program, this.programs) = (code, program, programs);
        foreach (var type in Enum.GetValues<NumberType>())
        {
            for (var number = 0; number < Program.VariablesPerType; number++)
            {
                variables[new(type, number)] = code.DeclareLocal(ClrType(type));
            }
        }

        counters = [.. Enumerable.Range(0, Program.MaxLoopDepth).Select(_ => code.DeclareLocal(typeof(int)))];
        memory = code.DeclareLocal(typeof(int[]));
        end = code.DefineLabel();
    }

    public void Emit(Program body)
    {
        code.Emit(OpCodes.Ldc_I4, Element.Mask + 1);
        code.Emit(OpCodes.Newarr, typeof(int));
        code.Emit(OpCodes.Stloc, memory);

        // Every variable starts from the input of its type, another element for every thread.
        foreach (var (variable, local) in variables)
        {
            EmitLoad(variable.Type, () =>
            {
                EmitThread();
                code.Emit(OpCodes.Ldc_I4, (11 * variable.Number) + (int)variable.Type);
                code.Emit(OpCodes.Add);
            });
            code.Emit(OpCodes.Stloc, local);
        }

        EmitAll(body.Body);
        code.MarkLabel(end);
        foreach (var (variable, local) in variables)
        {
            EmitStore(variable, local);
        }

        code.Emit(OpCodes.Ret);
    }

    private static Type ClrType(NumberType type) => type switch
    {
        NumberType.Int => typeof(int),
        NumberType.UInt => typeof(uint),
        NumberType.Long => typeof(long),
        NumberType.ULong => typeof(ulong),
        NumberType.Float => typeof(float),
        _ => typeof(double),
    };

    /// <summary>The buffers of a type: those of signed and unsigned integers are the same.</summary>
    private static (int Place, Type Element, OpCode Load, OpCode Store) BufferOf(NumberType type) => type switch
    {
        NumberType.Int or NumberType.UInt => (0, typeof(int), OpCodes.Ldind_I4, OpCodes.Stind_I4),
        NumberType.Long or NumberType.ULong => (1, typeof(long), OpCodes.Ldind_I8, OpCodes.Stind_I8),
        NumberType.Float => (2, typeof(float), OpCodes.Ldind_R4, OpCodes.Stind_R4),
        _ => (3, typeof(double), OpCodes.Ldind_R8, OpCodes.Stind_R8),
    };

    private static bool IsUnsigned(NumberType type) => type is NumberType.UInt or NumberType.ULong;

    private static bool IsReal(NumberType type) => type is NumberType.Float or NumberType.Double;

    private static bool IsWide(NumberType type) => type is NumberType.Long or NumberType.ULong;

    private void EmitThread()
    {
        code.Emit(OpCodes.Ldarga_S, (byte)0);
        code.Emit(OpCodes.Call, typeof(Index1D).GetProperty(nameof(Index1D.X))!.GetMethod!);
    }

    private void EmitElement(Type element)
    {
        var indexer = typeof(ArrayView<>).MakeGenericType(element).GetMethod("get_Item", [typeof(int)])!;
        code.Emit(OpCodes.Call, indexer);
    }

    private void EmitLoad(NumberType type, Action emitIndex)
    {
        var (place, element, load, _) = BufferOf(type);
        code.Emit(OpCodes.Ldarga_S, (byte)(FirstInput + place));
        emitIndex();
        code.Emit(OpCodes.Ldc_I4, Input.Mask);
        code.Emit(OpCodes.And);
        EmitElement(element);
        code.Emit(load);
    }

    /// <summary>Results lie thread by thread, then program by program.</summary>
    private void EmitStore(Variable variable, LocalBuilder local)
    {
        var (place, element, _, store) = BufferOf(variable.Type);
        var slotsPerProgram = SlotsPerProgram(variable.Type);
        var slot = variable.Number + (IsUnsigned(variable.Type) ? Program.VariablesPerType : 0);
        code.Emit(OpCodes.Ldarga_S, (byte)(FirstResult + place));
        EmitThread();
        code.Emit(OpCodes.Ldc_I4, programs * slotsPerProgram);
        code.Emit(OpCodes.Mul);
        code.Emit(OpCodes.Ldc_I4, (program * slotsPerProgram) + slot);
        code.Emit(OpCodes.Add);
        EmitElement(element);
        code.Emit(OpCodes.Ldloc, local);
        code.Emit(store);
    }

    /// <summary>The results of one program in the buffer of a type.</summary>
    public static int SlotsPerProgram(NumberType type) => Program.VariablesPerType * (IsReal(type) ? 1 : 2);

    private void EmitAll(IEnumerable<Statement> statements)
    {
        foreach (var statement in statements)
        {
            Emit(statement);
        }
    }

    private void Emit(Statement statement)
    {
        switch (statement)
        {
            case Assignment assignment:
                Emit(assignment.Value);
                code.Emit(OpCodes.Stloc, variables[assignment.Target]);
                break;
            case ElementAssignment assignment:
                code.Emit(OpCodes.Ldloc, memory);
                EmitMasked(assignment.Index, Element.Mask);
                Emit(assignment.Value);
                code.Emit(OpCodes.Stelem_I4);
                break;
            case Branch branch:
                EmitBranch(branch);
                break;
            case Loop loop:
                EmitLoop(loop);
                break;
            case Jump { Kind: JumpKind.Exit } jump:
                EmitCondition(jump.Condition, target: end, when: true);
                break;
            case Jump jump when loops.TryPeek(out var labels):
                EmitCondition(jump.Condition, jump.Kind == JumpKind.Break ? labels.Break : labels.Continue, when: true);
                break;
        }
    }

    private void EmitBranch(Branch branch)
    {
        var (otherwise, after) = (code.DefineLabel(), code.DefineLabel());
        EmitCondition(branch.Condition, otherwise, when: false);
        EmitAll(branch.WhenTrue);
        code.Emit(OpCodes.Br, after);
        code.MarkLabel(otherwise);
        EmitAll(branch.WhenFalse);
        code.MarkLabel(after);
    }

    private void EmitLoop(Loop loop)
    {
        var counter = counters[loop.Depth];
        var (head, next, test, after) = (code.DefineLabel(), code.DefineLabel(), code.DefineLabel(), code.DefineLabel());
        if (loop.Form == LoopForm.Down)
        {
            EmitMasked(loop.Bound, Loop.Mask);
        }
        else
        {
            code.Emit(OpCodes.Ldc_I4_0);
        }

        code.Emit(OpCodes.Stloc, counter);
        if (loop.Form != LoopForm.AtLeastOnce)
        {
            code.Emit(OpCodes.Br, test);
        }

        code.MarkLabel(head);
        loops.Push((next, after));
        EmitAll(loop.Body);
        loops.Pop();
        code.MarkLabel(next);
        code.Emit(OpCodes.Ldloc, counter);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(loop.Form == LoopForm.Down ? OpCodes.Sub : OpCodes.Add);
        code.Emit(OpCodes.Stloc, counter);
        code.MarkLabel(test);
        code.Emit(OpCodes.Ldloc, counter);
        if (loop.Form == LoopForm.Down)
        {
            code.Emit(OpCodes.Ldc_I4_0);
            code.Emit(OpCodes.Bgt, head);
        }
        else
        {
            EmitMasked(loop.Bound, Loop.Mask);
            code.Emit(OpCodes.Blt, head);
        }

        code.MarkLabel(after);
    }

    private void EmitMasked(Expression expression, int mask)
    {
        Emit(expression);
        code.Emit(OpCodes.Ldc_I4, mask);
        code.Emit(OpCodes.And);
    }

    /// <summary>Jumps where the condition is as said, and falls through where it is not.</summary>
    private void EmitCondition(Condition condition, Label target, bool when)
    {
        switch (condition)
        {
            case Negation negation:
                EmitCondition(negation.Operand, target, !when);
                break;
            case Junction junction when junction.IsAnd == when:
                var skip = code.DefineLabel();
                EmitCondition(junction.Left, skip, !when);
                EmitCondition(junction.Right, target, when);
                code.MarkLabel(skip);
                break;
            case Junction junction:
                EmitCondition(junction.Left, target, when);
                EmitCondition(junction.Right, target, when);
                break;
            case Comparison comparison:
                Emit(comparison.Left);
                Emit(comparison.Right);
                code.Emit(BranchOf(comparison.Relation, comparison.Left.Type, when), target);
                break;
        }
    }

    /// <summary>The branch for a comparison or for its opposite, which for floating point is the one that NaN takes.</summary>
    private static OpCode BranchOf(Relation relation, NumberType type, bool when)
    {
        // For integers "un" means unsigned; for floating point, unordered.
        var isUn = IsReal(type) ? !when : IsUnsigned(type);
        var effective = when ? relation : relation switch
        {
            Relation.Less => Relation.GreaterOrEqual,
            Relation.LessOrEqual => Relation.Greater,
            Relation.Greater => Relation.LessOrEqual,
            Relation.GreaterOrEqual => Relation.Less,
            Relation.Equal => Relation.NotEqual,
            _ => Relation.Equal,
        };
        return effective switch
        {
            Relation.Less => isUn ? OpCodes.Blt_Un : OpCodes.Blt,
            Relation.LessOrEqual => isUn ? OpCodes.Ble_Un : OpCodes.Ble,
            Relation.Greater => isUn ? OpCodes.Bgt_Un : OpCodes.Bgt,
            Relation.GreaterOrEqual => isUn ? OpCodes.Bge_Un : OpCodes.Bge,
            Relation.Equal => OpCodes.Beq,
            _ => OpCodes.Bne_Un,
        };
    }

    private void Emit(Expression expression)
    {
        switch (expression)
        {
            case Literal literal:
                EmitLiteral(literal);
                break;
            case Variable variable:
                code.Emit(OpCodes.Ldloc, variables[variable]);
                break;
            case Counter counter:
                code.Emit(OpCodes.Ldloc, counters[counter.Depth]);
                break;
            case Input input:
                EmitLoad(input.Type, () => Emit(input.Index));
                break;
            case Element element:
                code.Emit(OpCodes.Ldloc, memory);
                EmitMasked(element.Index, Element.Mask);
                code.Emit(OpCodes.Ldelem_I4);
                break;
            case Unary unary:
                EmitUnary(unary);
                break;
            case Binary binary:
                EmitBinary(binary);
                break;
            case FusedMultiplyAdd product:
                Emit(product.Left);
                Emit(product.Right);
                Emit(product.Addend);
                EmitCall(product.Type, nameof(Math.FusedMultiplyAdd), arguments: 3);
                break;
            case Conversion conversion:
                Emit(conversion.Operand);
                EmitConversion(conversion.Operand.Type, conversion.Type);
                break;
            case Choice choice:
                EmitChoice(choice);
                break;
        }
    }

    private void EmitLiteral(Literal literal)
    {
        switch (literal.Type)
        {
            case NumberType.Float:
                code.Emit(OpCodes.Ldc_R4, (float)literal.Real);
                break;
            case NumberType.Double:
                code.Emit(OpCodes.Ldc_R8, literal.Real);
                break;
            case NumberType.Long or NumberType.ULong:
                code.Emit(OpCodes.Ldc_I8, literal.Bits);
                break;
            default:
                code.Emit(OpCodes.Ldc_I4, (int)literal.Bits);
                break;
        }
    }

    private void EmitChoice(Choice choice)
    {
        var (otherwise, after) = (code.DefineLabel(), code.DefineLabel());
        EmitCondition(choice.Condition, otherwise, when: false);
        Emit(choice.WhenTrue);
        code.Emit(OpCodes.Br, after);
        code.MarkLabel(otherwise);
        Emit(choice.WhenFalse);
        code.MarkLabel(after);
    }

    private void EmitUnary(Unary unary)
    {
        Emit(unary.Operand);
        switch (unary.Operator)
        {
            case UnaryOperator.Negate:
                code.Emit(OpCodes.Neg);
                break;
            case UnaryOperator.Complement:
                code.Emit(OpCodes.Not);
                break;
            default:
                EmitCall(unary.Type, unary.Operator.ToString(), arguments: 1);
                break;
        }
    }

    private void EmitBinary(Binary binary)
    {
        Emit(binary.Left);
        EmitPositiveZero(binary);
        Emit(binary.Right);
        EmitPositiveZero(binary);
        var isUnsigned = IsUnsigned(binary.Type);
        switch (binary.Operator)
        {
            case BinaryOperator.Add:
                code.Emit(OpCodes.Add);
                break;
            case BinaryOperator.Subtract:
                code.Emit(OpCodes.Sub);
                break;
            case BinaryOperator.Multiply:
                code.Emit(OpCodes.Mul);
                break;
            case BinaryOperator.Divide:
                EmitDivisor(binary.Type);
                code.Emit(isUnsigned ? OpCodes.Div_Un : OpCodes.Div);
                break;
            case BinaryOperator.Remainder:
                EmitDivisor(binary.Type);
                code.Emit(isUnsigned ? OpCodes.Rem_Un : OpCodes.Rem);
                break;
            case BinaryOperator.And:
                code.Emit(OpCodes.And);
                break;
            case BinaryOperator.Or:
                code.Emit(OpCodes.Or);
                break;
            case BinaryOperator.Xor:
                code.Emit(OpCodes.Xor);
                break;
            case BinaryOperator.ShiftLeft:
                EmitCount(binary.Type);
                code.Emit(OpCodes.Shl);
                break;
            case BinaryOperator.ShiftRight:
                EmitCount(binary.Type);
                code.Emit(isUnsigned ? OpCodes.Shr_Un : OpCodes.Shr);
                break;
            default:
                EmitCall(binary.Type, binary.Operator.ToString(), arguments: 2);
                break;
        }
    }

    /// <summary>
    /// Adds zero to an operand of a minimum or maximum of floating point, which makes minus zero plus zero and changes nothing else:
    /// the compiler of the host takes Math.Min(-0.0, x) for x where x is zero, against its own documentation.
    /// </summary>
    private void EmitPositiveZero(Binary binary)
    {
        if (IsReal(binary.Type) && binary.Operator is (BinaryOperator.Min or BinaryOperator.Max))
        {
            EmitLiteral(new(binary.Type, 0));
            code.Emit(OpCodes.Add);
        }
    }

    /// <summary>Makes a divisor of an integer: from 1 to 256.</summary>
    private void EmitDivisor(NumberType type)
    {
        if (IsReal(type))
        {
            return;
        }

        EmitLiteral(new(type, 255));
        code.Emit(OpCodes.And);
        EmitLiteral(new(type, 1));
        code.Emit(OpCodes.Add);
    }

    private void EmitCount(NumberType type)
    {
        code.Emit(OpCodes.Ldc_I4, IsWide(type) ? 63 : 31);
        code.Emit(OpCodes.And);
    }

    private void EmitCall(NumberType type, string name, int arguments)
    {
        var owner = type == NumberType.Float ? typeof(MathF) : typeof(Math);
        code.Emit(OpCodes.Call, owner.GetMethod(name, [.. Enumerable.Repeat(ClrType(type), arguments)])
            ?? throw new MissingMethodException(owner.Name, name));
    }

    private void EmitConversion(NumberType from, NumberType to)
    {
        if (IsReal(to))
        {
            if (IsUnsigned(from))
            {
                code.Emit(OpCodes.Conv_R_Un);
            }

            code.Emit(to == NumberType.Float ? OpCodes.Conv_R4 : OpCodes.Conv_R8);
        }
        else if (IsWide(to))
        {
            var isUnsigned = IsReal(from) ? to == NumberType.ULong : from == NumberType.UInt;
            code.Emit(isUnsigned ? OpCodes.Conv_U8 : OpCodes.Conv_I8);
        }
        else
        {
            code.Emit(to == NumberType.UInt ? OpCodes.Conv_U4 : OpCodes.Conv_I4);
        }
    }
}
