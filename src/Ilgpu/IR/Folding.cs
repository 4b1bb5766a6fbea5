using static ILGPU.IR.Operation;

namespace ILGPU.IR;

/// <summary>What an operation is known to give without running it, or a simpler one that gives the same.</summary>
/// <remarks>
/// Only what holds for every value, with wrap-around, NaN and -0, is here: x + 0 is x for integers, not for floats.
/// </remarks>
internal static class Folding
{
    /// <summary>A value that the operation is equal to, or null. It may be a new instruction, which then has to be placed.</summary>
    public static Value? Fold(Operation operation, ValueKind kind, Value[] operands, object? detail) => operation switch
    {
        Add or Subtract or Multiply or Divide or DivideUnsigned or Remainder or RemainderUnsigned or And or Or or Xor
            or ShiftLeft or ShiftRight or ShiftRightUnsigned => ConstantFolding.Binary(operation, kind, operands[0], operands[1])
            ?? Identity(operation, operands[0], operands[1])
            ?? Regroup(operation, kind, operands[0], operands[1]),
        Negate or Not => ConstantFolding.Unary(operation, operands[0]) ?? Inverse(operation, operands[0]),
        Compare => FoldCompare((Comparison)detail!, operands[0], operands[1]),
        Select => FoldSelect(operands[0], operands[1], operands[2]),
        Operation.Convert => FoldConvert((Conversion)detail!, operands[0]),
        Reinterpret => FoldReinterpret(kind, operands[0]),
        Operation.Math => ConstantFolding.Math((MathFunction)detail!, operands),
        Address => FoldAddress((Step)detail!, operands[0], operands[1]),
        CastPointer => operands[0] is Instruction { Operation: CastPointer } cast
            ? new Instruction(CastPointer, ValueKind.Pointer, [cast[0]], detail)
            : null,

        // All lanes have it.
        Shuffle => operands[0] as Constant,
        _ => null,
    };

    /// <summary>The comparison that holds exactly where this one does not; of floats, NaN included, few have one.</summary>
    public static Comparison? Opposite(Comparison comparison, ValueKind operands) => comparison switch
    {
        Comparison.Equal => Comparison.NotEqual,
        Comparison.NotEqual => Comparison.Equal,
        _ when ValueKinds.IsFloat(operands) => null,
        Comparison.Less => Comparison.GreaterOrEqual,
        Comparison.LessOrEqual => Comparison.Greater,
        Comparison.Greater => Comparison.LessOrEqual,
        Comparison.GreaterOrEqual => Comparison.Less,
        Comparison.Below => Comparison.AboveOrEqual,
        Comparison.BelowOrEqual => Comparison.Above,
        Comparison.Above => Comparison.BelowOrEqual,
        _ => Comparison.Below,
    };

    private static bool IsConstant(Value value, long number) =>
        value is Constant constant && !ValueKinds.IsFloat(constant.Kind) && constant.Bits == number;

    private static Value? Identity(Operation operation, Value left, Value right)
    {
        if (ValueKinds.IsFloat(left.Kind))
        {
            // x · 1 and x / 1 are x, NaN and -0 included.
            return operation is Multiply or Divide && right is Constant { Number: 1 } ? left
                : operation is Multiply && left is Constant { Number: 1 } ? right
                : null;
        }

        var ones = left.Kind == ValueKind.Bool ? 1 : -1;
        return operation switch
        {
            Add or Or or Xor when IsConstant(left, 0) => right,
            Add or Subtract or Or or Xor or ShiftLeft or ShiftRight or ShiftRightUnsigned when IsConstant(right, 0) => left,
            Multiply when IsConstant(left, 1) => right,
            Multiply or Divide or DivideUnsigned when IsConstant(right, 1) => left,
            Multiply or And when IsConstant(left, 0) => left,
            Multiply or And when IsConstant(right, 0) => right,
            And when IsConstant(right, ones) || left.Equals(right) => left,
            And when IsConstant(left, ones) => right,
            Or when left.Equals(right) => left,
            Or when left.Kind == ValueKind.Bool && (IsConstant(left, 1) || IsConstant(right, 1)) => Constant.Bool(true),
            Xor when left.Kind == ValueKind.Bool && IsConstant(right, 1) => new Instruction(Not, ValueKind.Bool, [left]),
            Subtract or Xor when left.Equals(right) => Constant.Of(left.Kind, 0),
            RemainderUnsigned or Remainder when IsConstant(right, 1) => Constant.Of(left.Kind, 0),
            _ => null,
        };
    }

    /// <summary>(x ± c) ± d = x + e, and (x · c) · d = x · e: integers wrap around, so order does not matter.</summary>
    private static Instruction? Regroup(Operation operation, ValueKind kind, Value left, Value right)
    {
        if (!ValueKinds.IsInteger(kind))
        {
            return null;
        }

        if (operation is Add or Multiply && left is Constant && right is not Constant)
        {
            return new Instruction(operation, kind, [right, left]);
        }

        if (operation == Subtract && right is Constant subtrahend)
        {
            return new Instruction(Add, kind, [left, Constant.Of(kind, unchecked(-subtrahend.Bits))]);
        }

        return operation is Add or Multiply && right is Constant outer &&
            left is Instruction { Operands: [var x, Constant inner] } first && first.Operation == operation
            ? new Instruction(operation, kind, [x, ConstantFolding.Binary(operation, kind, inner, outer)!])
            : null;
    }

    private static Value? Inverse(Operation operation, Value value)
    {
        if (value is not Instruction inner)
        {
            return null;
        }

        if (inner.Operation == operation)
        {
            return inner[0];
        }

        return operation == Not && inner.Operation == Compare &&
            Opposite((Comparison)inner.Detail!, inner[0].Kind) is { } opposite
            ? new Instruction(Compare, ValueKind.Bool, inner.Operands, opposite)
            : null;
    }

    private static Value? FoldCompare(Comparison comparison, Value left, Value right)
    {
        if (left is Constant first && right is Constant second)
        {
            return left.Kind == ValueKind.Pointer
                ? Constant.Bool(comparison == Comparison.Equal)
                : Constant.Bool(ConstantFolding.Compare(comparison, first, second));
        }

        if (left.Equals(right) && !ValueKinds.IsFloat(left.Kind))
        {
            return Constant.Bool(comparison is Comparison.Equal or Comparison.LessOrEqual or Comparison.GreaterOrEqual
                or Comparison.BelowOrEqual or Comparison.AboveOrEqual);
        }

        // A truth that became a number to be compared with one.
        if (comparison is Comparison.Equal or Comparison.NotEqual && right is Constant { Bits: 0 or 1 } number)
        {
            var truth = left.Kind == ValueKind.Bool ? left
                : left is Instruction { Operation: Operation.Convert, Operands: [{ Kind: ValueKind.Bool } condition] } ? condition
                : null;
            if (truth is not null && ValueKinds.IsFloat(left.Kind) is false)
            {
                return (comparison == Comparison.Equal) == (number.Bits == 1)
                    ? truth
                    : new Instruction(Not, ValueKind.Bool, [truth]);
            }
        }

        if (comparison == Comparison.Above && IsConstant(right, 0))
        {
            return new Instruction(Compare, ValueKind.Bool, [left, right], Comparison.NotEqual);
        }

        return null;
    }

    private static Value? FoldSelect(Value condition, Value whenTrue, Value whenFalse)
    {
        if (condition is Constant constant)
        {
            return constant.IsZero ? whenFalse : whenTrue;
        }

        if (whenTrue.Equals(whenFalse))
        {
            return whenTrue;
        }

        if (whenTrue.Kind == ValueKind.Bool)
        {
            return (whenTrue, whenFalse) switch
            {
                (Constant { Bits: 1 }, Constant) => condition,
                (Constant { Bits: 0 }, Constant) => new Instruction(Not, ValueKind.Bool, [condition]),
                (_, Constant { Bits: 0 }) => new Instruction(And, ValueKind.Bool, [condition, whenTrue]),
                (Constant { Bits: 1 }, _) => new Instruction(Or, ValueKind.Bool, [condition, whenFalse]),
                _ => null,
            };
        }

        return condition is Instruction { Operation: Not } not
            ? new Instruction(Select, whenTrue.Kind, [not[0], whenFalse, whenTrue])
            : null;
    }

    private static Value? FoldConvert(Conversion conversion, Value value)
    {
        if (value is Constant constant)
        {
            return ConstantFolding.Convert(conversion, constant);
        }

        var to = conversion.To;
        if (value.Kind == ValueKinds.KindOf(to) && to is not (NumberType.Int8 or NumberType.UInt8 or NumberType.Int16 or NumberType.UInt16))
        {
            return value;
        }

        return value switch
        {
            Instruction { Operation: Load, Detail: NumberType loaded } when loaded == to => value,
            Instruction { Operation: Operation.Convert, Detail: Conversion first } inner => FoldTwice(first.To, to, inner),
            _ => null,
        };
    }

    /// <summary>A conversion of what was converted already.</summary>
    private static Value? FoldTwice(NumberType first, NumberType second, Instruction inner)
    {
        if (ValueKinds.IsFloat(first) || ValueKinds.IsFloat(second) || ValueKinds.IsFloat(inner[0].Kind))
        {
            return null;
        }

        if (inner[0].Kind == ValueKind.Bool)
        {
            // 0 and 1 are the same in every type.
            return new Instruction(Operation.Convert, ValueKinds.KindOf(second), inner.Operands, new Conversion(second));
        }

        // Of two cuts only the shorter counts; a cut below an extension does not see it.
        return first == second || ValueKinds.SizeOf(second) <= ValueKinds.SizeOf(first)
            ? inner[0].Kind == ValueKinds.KindOf(second) && ValueKinds.SizeOf(second) >= 4
                ? inner[0]
                : first == second ? inner : new Instruction(Operation.Convert, ValueKinds.KindOf(second), inner.Operands, new Conversion(second))
            : null;
    }

    private static Value? FoldReinterpret(ValueKind kind, Value value) =>
        value.Kind == kind ? value
        : value is Constant constant ? Constant.Of(kind, constant.Bits)
        : value is Instruction { Operation: Reinterpret } inner ? (inner[0].Kind == kind ? inner[0] : null)
        : null;

    private static Value? FoldAddress(Step step, Value pointer, Value index)
    {
        if (index is Constant { IsZero: false } constant)
        {
            return new Instruction(
                Address,
                ValueKind.Pointer,
                [pointer, Constant.Long(0)],
                step with { Offset = step.Offset + (constant.Bits * step.Scale) });
        }

        if (index is Constant && step.Offset == 0)
        {
            return pointer;
        }

        if (pointer is not Instruction { Operation: Address, Detail: Step first } inner)
        {
            return null;
        }

        if (index is Constant)
        {
            return new Instruction(Address, ValueKind.Pointer, inner.Operands, first with { Offset = first.Offset + step.Offset });
        }

        return inner[1] is Constant
            ? new Instruction(Address, ValueKind.Pointer, [inner[0], index], step with { Offset = first.Offset + step.Offset })
            : null;
    }
}
