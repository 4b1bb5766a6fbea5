using System.Globalization;
using ILGPU.Backends.Structure;
using ILGPU.IR;

namespace ILGPU.Backends.OpenCL;

/// <summary>Writes values as expressions of OpenCL C.</summary>
/// <remarks>
/// C# integers wrap around, signed ones of C must not: sums, products and negations are done on unsigned numbers, of the same bits,
/// and become signed again where the sign counts.
/// </remarks>
internal sealed class CLExpressions(
    ExpressionPlan plan,
    PointerTypes pointers,
    CLHelpers helpers,
    CLTarget target,
    Func<Value, string> nameOf)
{
    /// <summary>Values are exchanged between threads through memory that the launch brings.</summary>
    public bool UsesExchange { get; private set; }

    /// <summary>The value: a name, a constant, or the operation that gives it.</summary>
    public CLExpression Write(Value value) => value switch
    {
        Constant constant => CLText.Constant(constant),
        Instruction instruction when plan.IsInlined(instruction) => Operate(instruction),
        _ => CLText.Primary(nameOf(value)),
    };

    /// <summary>A value as an expression whose type in C has a sign.</summary>
    public CLExpression Signed(Value value)
    {
        var expression = Write(value);
        return expression.IsUnsigned ? Cast(CLText.TypeOf(value.Kind), expression) : expression;
    }

    /// <summary>What an instruction does, whether it is written in place or not.</summary>
    public CLExpression Operate(Instruction instruction)
    {
        var isFloat = ValueKinds.IsFloat(instruction.Kind);
        helpers.UsesFloat64 |= instruction.Kind == ValueKind.Float64;
        switch (instruction.Operation)
        {
            case Operation.Add when !isFloat && instruction[1] is Constant { Bits: < 0 and > int.MinValue } negative:
                return Wrap(instruction[0], " - ", Constant.Of(negative.Kind, -negative.Bits), CLPrecedence.Sum);
            case Operation.Add:
                return isFloat ? Infix(instruction, " + ", CLPrecedence.Sum) : Wrap(instruction[0], " + ", instruction[1], CLPrecedence.Sum);
            case Operation.Subtract:
                return isFloat ? Infix(instruction, " - ", CLPrecedence.Sum) : Wrap(instruction[0], " - ", instruction[1], CLPrecedence.Sum);
            case Operation.Multiply:
                return isFloat
                    ? Infix(instruction, " * ", CLPrecedence.Product)
                    : Wrap(instruction[0], " * ", instruction[1], CLPrecedence.Product);
            case Operation.Divide when isFloat:
                return Infix(instruction, " / ", CLPrecedence.Product);
            case Operation.Remainder when isFloat:
                return Function("fmod", instruction);
            case Operation.Divide or Operation.Remainder or Operation.DivideUnsigned or Operation.RemainderUnsigned:
                return Divide(instruction);
            case Operation.And:
                return instruction.Kind == ValueKind.Bool
                    ? Infix(instruction, " && ", CLPrecedence.LogicalAnd)
                    : Infix(instruction, " & ", CLPrecedence.BitAnd);
            case Operation.Or:
                return instruction.Kind == ValueKind.Bool
                    ? Infix(instruction, " || ", CLPrecedence.LogicalOr)
                    : Infix(instruction, " | ", CLPrecedence.BitOr);
            case Operation.Xor:
                return instruction.Kind == ValueKind.Bool
                    ? Infix(instruction, " != ", CLPrecedence.Equality)
                    : Infix(instruction, " ^ ", CLPrecedence.BitXor);
            case Operation.ShiftLeft:
                return Shift(Write(instruction[0]), " << ", instruction[1]);
            case Operation.ShiftRight:
                return Shift(Signed(instruction[0]), " >> ", instruction[1]);
            case Operation.ShiftRightUnsigned:
                return Shift(AsUnsigned(instruction[0]), " >> ", instruction[1]);
            case Operation.Negate:
                return isFloat
                    ? new($"-{Write(instruction[0]).Within(CLPrecedence.Primary)}", CLPrecedence.Prefix)
                    : Wrap(Constant.Of(instruction.Kind, 0), " - ", instruction[0], CLPrecedence.Sum);
            case Operation.Not when instruction.Kind == ValueKind.Bool:
                return Negation(instruction[0]);
            case Operation.Not:
                var inner = Write(instruction[0]);
                return new($"~{inner.Within(CLPrecedence.Prefix)}", CLPrecedence.Prefix, inner.IsUnsigned);
            case Operation.Compare:
                return Compare((Comparison)instruction.Detail!, instruction[0], instruction[1]);
            case Operation.Select:
                var (whenTrue, whenFalse) = (Write(instruction[1]), Write(instruction[2]));
                return new(
                    $"{Write(instruction[0]).Within(CLPrecedence.LogicalOr)} ? {whenTrue.Within(CLPrecedence.LogicalOr)} : {whenFalse}",
                    CLPrecedence.Conditional,
                    whenTrue.IsUnsigned || whenFalse.IsUnsigned);
            case Operation.Convert:
                return Convert((Conversion)instruction.Detail!, instruction[0]);
            case Operation.Reinterpret:
                return CLText.Primary($"as_{CLText.TypeOf(instruction.Kind)}({Write(instruction[0])})");
            case Operation.Math:
                return Math((MathFunction)instruction.Detail!, instruction);
            case Operation.Thread:
                return Register((ThreadRegister)instruction.Detail!, instruction.Kind);
            case Operation.AlignPointer:
                return Write(instruction[0]);
            case Operation.Address or Operation.CastPointer:
                return Address(instruction);
            case Operation.Load:
                return new(Access(instruction[0], (NumberType)instruction.Detail!), CLPrecedence.Primary,
                    (NumberType)instruction.Detail! is NumberType.UInt32 or NumberType.UInt64 ||
                    ((NumberType)instruction.Detail! is NumberType.Int32 or NumberType.Int64 &&
                        pointers[instruction[0]].Element is NumberType.UInt32 or NumberType.UInt64));
            case Operation.Atomic:
                return Atomic((AtomicDetail)instruction.Detail!, instruction);
            case Operation.Shuffle or Operation.Broadcast:
                return Exchange(instruction);
            default:
                throw new InternalCompilerException($"OpenCL C: expected an operation with a value; got {instruction.Operation}.");
        }
    }

    /// <summary>What a load reads or a store writes.</summary>
    public string Access(Value pointer, NumberType type)
    {
        var pointee = pointers[pointer];
        helpers.UsesFloat64 |= type == NumberType.Float64;
        if (!IsSameInMemory(pointee.Element, type))
        {
            var cast = CLText.TypeOf(pointee with { Element = type });
            return $"*({cast}){Write(pointer).Within(CLPrecedence.Prefix)}";
        }

        return pointer is Instruction { Operation: Operation.Address } address && plan.IsInlined(address) &&
            Subscript(address) is var (name, index)
            ? $"{name}[{index}]"
            : $"*{Write(pointer).Within(CLPrecedence.Prefix)}";
    }

    public CLExpression Negation(Value condition)
    {
        var expression = Write(condition);
        return condition is Instruction { Operation: Operation.Compare } compare && plan.IsInlined(compare) &&
            Folding.Opposite((Comparison)compare.Detail!, compare[0].Kind) is { } opposite
            ? Compare(opposite, compare[0], compare[1])
            : new($"!{expression.Within(CLPrecedence.Prefix)}", CLPrecedence.Prefix);
    }

    private static CLExpression Cast(string type, CLExpression expression) =>
        new($"({type}){expression.Within(CLPrecedence.Prefix)}", CLPrecedence.Prefix);

    private static bool IsSameInMemory(NumberType declared, NumberType accessed) =>
        declared == accessed || (ValueKinds.SizeOf(declared) == ValueKinds.SizeOf(accessed) && ValueKinds.SizeOf(declared) >= 4 &&
            !ValueKinds.IsFloat(declared) && !ValueKinds.IsFloat(accessed));

    private static CLExpression Infix(CLExpression left, string symbol, CLExpression right, CLPrecedence precedence) =>
        new(left.Within(precedence) + symbol + right.Within(precedence + 1), precedence, left.IsUnsigned || right.IsUnsigned);

    private CLExpression Infix(Instruction instruction, string symbol, CLPrecedence precedence) =>
        Infix(Write(instruction[0]), symbol, Write(instruction[1]), precedence);

    private CLExpression AsUnsigned(Value value)
    {
        if (value is Constant constant)
        {
            return CLText.UnsignedConstant(constant);
        }

        var expression = Write(value);
        return expression.IsUnsigned ? expression : Cast($"u{CLText.TypeOf(value.Kind)}", expression) with { IsUnsigned = true };
    }

    private CLExpression Unsigned(Value left, string symbol, Value right, CLPrecedence precedence) =>
        Infix(AsUnsigned(left), symbol, AsUnsigned(right), precedence);

    private CLExpression Divide(Instruction instruction)
    {
        var isUnsigned = instruction.Operation is Operation.DivideUnsigned or Operation.RemainderUnsigned;
        var isRemainder = instruction.Operation is Operation.Remainder or Operation.RemainderUnsigned;
        var (left, right) = isUnsigned
            ? (AsUnsigned(instruction[0]), AsUnsigned(instruction[1]))
            : (Signed(instruction[0]), Signed(instruction[1]));
        return target.DivisionTraps && instruction[1] is not Constant { Bits: not (0 or -1) }
            ? CLText.Primary($"{helpers.Divide(isRemainder, isUnsigned, instruction.Kind)}({left}, {right})", isUnsigned)
            : Infix(left, isRemainder ? " % " : " / ", right, CLPrecedence.Product);
    }

    /// <summary>An operation that wraps around: one unsigned operand makes it unsigned.</summary>
    private CLExpression Wrap(Value left, string symbol, Value right, CLPrecedence precedence)
    {
        var (first, second) = (left is Constant a ? CLText.UnsignedConstant(a) : Write(left),
            right is Constant b ? CLText.UnsignedConstant(b) : Write(right));
        return Infix(first.IsUnsigned || second.IsUnsigned ? first : AsUnsigned(left), symbol, second, precedence);
    }

    private CLExpression Shift(CLExpression value, string symbol, Value count) =>
        new(value.Within(CLPrecedence.Shift) + symbol + Write(count).Within(CLPrecedence.Sum), CLPrecedence.Shift, value.IsUnsigned);

    private CLExpression Compare(Comparison comparison, Value left, Value right)
    {
        var (symbol, precedence) = comparison switch
        {
            Comparison.Equal => (" == ", CLPrecedence.Equality),
            Comparison.NotEqual => (" != ", CLPrecedence.Equality),
            Comparison.Less or Comparison.Below => (" < ", CLPrecedence.Relation),
            Comparison.LessOrEqual or Comparison.BelowOrEqual => (" <= ", CLPrecedence.Relation),
            Comparison.Greater or Comparison.Above => (" > ", CLPrecedence.Relation),
            _ => (" >= ", CLPrecedence.Relation),
        };
        if (comparison >= Comparison.Below)
        {
            return Unsigned(left, symbol, right, precedence) with { IsUnsigned = false };
        }

        // Equal bits are equal with and without sign.
        var (first, second) = precedence == CLPrecedence.Equality && left.Kind != ValueKind.Int64
            ? (Write(left), Write(right))
            : (Signed(left), Signed(right));
        return Infix(first, symbol, second, precedence) with { IsUnsigned = false };
    }

    private CLExpression Convert(Conversion conversion, Value value)
    {
        var to = CLText.TypeOf(conversion.To);
        helpers.UsesFloat64 |= conversion.To == NumberType.Float64;
        if (value.Kind == ValueKind.Bool)
        {
            return ValueKinds.SizeOf(conversion.To) == 8 || ValueKinds.IsFloat(conversion.To) ? Cast(to, Write(value)) : Write(value);
        }

        if (ValueKinds.IsFloat(value.Kind))
        {
            if (ValueKinds.IsFloat(conversion.To))
            {
                return Cast(to, Write(value));
            }

            // Saturated: what does not fit becomes the nearest that does, NaN becomes zero. Small types are cut from 32 bits.
            var isSmall = ValueKinds.SizeOf(conversion.To) < 4;
            var saturated = CLText.Primary(
                $"convert_{(isSmall ? "int" : to)}_sat({Write(value)})", !isSmall && ValueKinds.IsUnsigned(conversion.To));
            return isSmall ? Cast(to, saturated) : saturated;
        }

        if (ValueKinds.IsFloat(conversion.To))
        {
            return Cast(to, conversion.FromUnsigned ? AsUnsigned(value) : Signed(value));
        }

        if (ValueKinds.SizeOf(conversion.To) == 8 && value.Kind == ValueKind.Int32)
        {
            return Cast("long", conversion.To == NumberType.UInt64 ? AsUnsigned(value) : Signed(value));
        }

        return Cast(ValueKinds.SizeOf(conversion.To) >= 4 ? CLText.TypeOf(ValueKinds.KindOf(conversion.To)) : to, Write(value));
    }

    private CLExpression Math(MathFunction function, Instruction instruction)
    {
        var isFloat = ValueKinds.IsFloat(instruction[0].Kind);
        var x = instruction[0];
        switch (function)
        {
            case MathFunction.Min or MathFunction.Max when isFloat:
                return Function(helpers.MinMax(function == MathFunction.Min, x.Kind), instruction);
            case MathFunction.Min or MathFunction.Max:
                return CLText.Primary($"{(function == MathFunction.Min ? "min" : "max")}({Signed(x)}, {Signed(instruction[1])})");
            case MathFunction.MinUnsigned or MathFunction.MaxUnsigned:
                return CLText.Primary(
                    $"{(function == MathFunction.MinUnsigned ? "min" : "max")}({AsUnsigned(x)}, {AsUnsigned(instruction[1])})", true);
            case MathFunction.Abs:
                return isFloat ? Function("fabs", instruction) : CLText.Primary($"abs({Signed(x)})", isUnsigned: true);
            case MathFunction.PopCount or MathFunction.LeadingZeroCount:
                var count = CLText.Primary($"{(function == MathFunction.PopCount ? "popcount" : "clz")}({Signed(x)})");
                return x.Kind == ValueKind.Int64 ? Cast("int", count) : count;
            case MathFunction.TrailingZeroCount:
                // All ones below the lowest one, of which there are none above.
                var bits = AsUnsigned(x);
                var type = x.Kind == ValueKind.Int64 ? "long" : "int";
                return Cast("int", CLText.Primary($"popcount(({type})(({bits} & (0u - {bits})) - 1u))"));
            case MathFunction.HalfToFloat:
                return Function(helpers.HalfToFloat(), instruction);
            case MathFunction.FloatToHalf or MathFunction.DoubleToHalf:
                return Function(helpers.RoundToHalf(x.Kind), instruction);
            default:
                return Function(
                    function switch
                    {
                        MathFunction.ReciprocalSqrt => "rsqrt",
                        MathFunction.Ceiling => "ceil",
                        MathFunction.Truncate => "trunc",
                        MathFunction.Round => "rint",
                        MathFunction.RoundAway => "round",
                        MathFunction.IEEERemainder => "remainder",
                        MathFunction.FusedMultiplyAdd => "fma",
                        _ => function.ToString().ToLowerInvariant(),
                    },
                    instruction);
        }
    }

    private CLExpression Function(string name, Instruction instruction) =>
        CLText.Primary($"{name}({string.Join(", ", instruction.Operands.Select(operand => Write(operand).Text))})");

    private CLExpression Register(ThreadRegister register, ValueKind kind)
    {
        var type = CLText.TypeOf(kind);
        if (register == ThreadRegister.GroupLinearIndex)
        {
            return CLText.Primary(helpers.GroupLinearIndex());
        }

        if (register == ThreadRegister.DynamicSharedBytes)
        {
            return CLText.Primary(CLGenerator.DynamicSharedBytes);
        }

        var function = (ThreadRegister)((int)register / 3 * 3) switch
        {
            ThreadRegister.GlobalIndexX => "get_global_id",
            ThreadRegister.GroupIndexX => "get_local_id",
            ThreadRegister.GroupDimensionX => "get_local_size",
            ThreadRegister.GridIndexX => "get_group_id",
            _ => "get_num_groups",
        };
        return new($"({type}){function}({(int)register % 3})", CLPrecedence.Prefix);
    }

    private CLExpression Address(Instruction instruction)
    {
        if (instruction.Operation == Operation.CastPointer)
        {
            return Cast(CLText.TypeOf(pointers[instruction]), Write(instruction[0]));
        }

        if (Subscript(instruction) is var (pointer, index))
        {
            return new($"{pointer} + {index.Within(CLPrecedence.Product)}", CLPrecedence.Sum);
        }

        // A step that is not a number of elements is made in bytes.
        var type = pointers[instruction];
        var bytes = CLText.TypeOf(type with { Element = NumberType.UInt8 });
        var step = (Step)instruction.Detail!;
        var start = $"({bytes}){Write(instruction[0]).Within(CLPrecedence.Prefix)} + {Distance(instruction[1], step.Scale, step.Offset).Within(CLPrecedence.Product)}";
        return type.Element == NumberType.UInt8 ? new(start, CLPrecedence.Sum) : new($"({CLText.TypeOf(type)})({start})", CLPrecedence.Prefix);
    }

    /// <summary>The pointer and the number of elements that a step goes on from it; null where it is not a whole number.</summary>
    private (string Pointer, CLExpression Index)? Subscript(Instruction address)
    {
        var step = (Step)address.Detail!;
        var size = ValueKinds.SizeOf(pointers[address].Element);
        return step.Scale % size == 0 && step.Offset % size == 0
            ? (Write(address[0]).Within(CLPrecedence.Primary), Distance(address[1], step.Scale / size, step.Offset / size))
            : null;
    }

    /// <summary>index · scale + offset, signed and in 64 bits unless the index alone.</summary>
    private CLExpression Distance(Value index, long scale, long offset)
    {
        // A subscript of 32 bits is extended by its sign, as the conversion does.
        if (scale == 1 && offset == 0 &&
            index is Instruction { Operation: Operation.Convert, Detail: Conversion { To: NumberType.Int64 } } widened && plan.IsInlined(widened))
        {
            return Signed(widened[0]);
        }

        var culture = CultureInfo.InvariantCulture;
        if (index is Constant { IsZero: true })
        {
            return new(offset.ToString(culture), offset < 0 ? CLPrecedence.Prefix : CLPrecedence.Primary);
        }

        var product = Signed(index);
        product = scale == 1 ? product : new($"{product.Within(CLPrecedence.Product)} * {scale.ToString(culture)}", CLPrecedence.Product);
        return offset == 0
            ? product
            : new($"{product.Within(CLPrecedence.Sum)} {(offset < 0 ? '-' : '+')} {System.Math.Abs(offset).ToString(culture)}", CLPrecedence.Sum);
    }

    private CLExpression Atomic(AtomicDetail detail, Instruction instruction)
    {
        var (pointer, value) = (instruction[0], instruction[1]);
        var space = pointers[pointer].Space;
        var isWide = ValueKinds.SizeOf(detail.Type) == 8;
        if (isWide && !target.HasInt64Atomics)
        {
            throw new CapabilityNotSupportedException(
                "OpenCL: expected a device with cl_khr_int64_base_atomics and cl_khr_int64_extended_atomics for atomics on 64 bits; " +
                "got one without.");
        }

        var isFloat = ValueKinds.IsFloat(detail.Type);
        string Target(NumberType type) =>
            $"({"volatile " + CLText.TypeOf(new PointerType(space, type))})({Write(pointer)})";
        if (isFloat && detail.Operation is not (AtomicOperation.Exchange or AtomicOperation.CompareExchange))
        {
            return CLText.Primary(
                $"{helpers.AtomicLoop(detail.Operation, detail.Type, space)}({Target(detail.Type)}, {Write(value)})");
        }

        var function = helpers.IntegerAtomic(detail.Operation, isWide);
        var bits = isFloat ? (isWide ? NumberType.Int64 : NumberType.Int32) : detail.Type;
        string Bits(Value operand) => isFloat ? $"as_{CLText.TypeOf(bits)}({Write(operand)})" : Write(operand).Text;
        var expected = instruction.Operands.Length > 2 ? $"{Bits(instruction[2])}, " : "";
        var call = $"{function}({Target(bits)}, {expected}{Bits(value)})";
        return isFloat
            ? CLText.Primary($"as_{CLText.TypeOf(detail.Type)}({call})")
            : CLText.Primary(call, ValueKinds.IsUnsigned(detail.Type));
    }

    private CLExpression Exchange(Instruction instruction)
    {
        if (instruction.Operation == Operation.Shuffle && target.HasSubgroupShuffle)
        {
            helpers.UsesSubgroups = true;
            return Function("sub_group_shuffle", instruction);
        }

        UsesExchange = true;
        var function = helpers.Exchange(instruction.Kind);
        var source = Signed(instruction[1]);
        var thread = instruction.Operation == Operation.Broadcast
            ? source.Text
            : $"{helpers.GroupLinearIndex()} / {target.WarpSize.ToString(CultureInfo.InvariantCulture)} * " +
                $"{target.WarpSize.ToString(CultureInfo.InvariantCulture)} + {source.Within(CLPrecedence.Product)}";
        return CLText.Primary($"{function}({CLGenerator.Exchange}, {Write(instruction[0])}, {thread})");
    }
}
