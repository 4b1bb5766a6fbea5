using System.Reflection.Emit;
using ILGPU.IR;
using ILGPU.Runtime;

namespace ILGPU.Frontend.Translation;

/// <content>Arithmetic and conversions of the stack.</content>
internal sealed partial class Translator
{
    private (Value Left, Value Right) Widen(Value left, Value right)
    {
        if (left.Kind == ValueKind.Int64 && right.Kind == ValueKind.Int32)
        {
            right = Emit(Operation.Convert, ValueKind.Int64, [right], new Conversion(NumberType.Int64));
        }
        else if (left.Kind == ValueKind.Int32 && right.Kind == ValueKind.Int64)
        {
            left = Emit(Operation.Convert, ValueKind.Int64, [left], new Conversion(NumberType.Int64));
        }
        else if (left.Kind == ValueKind.Float32 && right.Kind == ValueKind.Float64)
        {
            left = Emit(Operation.Convert, ValueKind.Float64, [left], new Conversion(NumberType.Float64));
        }
        else if (left.Kind == ValueKind.Float64 && right.Kind == ValueKind.Float32)
        {
            right = Emit(Operation.Convert, ValueKind.Float64, [right], new Conversion(NumberType.Float64));
        }

        return (left, right);
    }

    private void Binary(string name)
    {
        var (second, first) = (Pop(), Pop());
        if (first is ReferenceValue || second is ReferenceValue)
        {
            Push(MovePointer(name, first, second));
            return;
        }

        var (left, right) = (ScalarOf(first), ScalarOf(second));
        var isUnsigned = name.EndsWith(".un", StringComparison.Ordinal);
        var operation = name.Split('.')[0] switch
        {
            "add" => Operation.Add,
            "sub" => Operation.Subtract,
            "mul" => Operation.Multiply,
            "div" => isUnsigned ? Operation.DivideUnsigned : Operation.Divide,
            "rem" => isUnsigned ? Operation.RemainderUnsigned : Operation.Remainder,
            "and" => Operation.And,
            "or" => Operation.Or,
            "xor" => Operation.Xor,
            "shl" => Operation.ShiftLeft,
            _ => isUnsigned ? Operation.ShiftRightUnsigned : Operation.ShiftRight,
        };
        var isLogic = operation is Operation.And or Operation.Or or Operation.Xor;
        if (!isLogic || left.Kind != ValueKind.Bool || right.Kind != ValueKind.Bool)
        {
            (left, right) = (AsNumber(left), AsNumber(right));
        }

        if (operation is Operation.ShiftLeft or Operation.ShiftRight or Operation.ShiftRightUnsigned)
        {
            right = left.Kind == ValueKind.Int64 && right.Kind == ValueKind.Int32
                ? Emit(Operation.Convert, ValueKind.Int64, [right], new Conversion(NumberType.Int64))
                : right;
        }
        else
        {
            (left, right) = Widen(left, right);
        }

        Push(operation == Operation.Remainder
            ? ApplyRemainder(left, right)
            : Emit(operation, left.Kind, [left, right]));
    }

    /// <summary>Pointer ± bytes.</summary>
    private ReferenceValue MovePointer(string name, StackValue first, StackValue second)
    {
        if (name is not ("add" or "sub") || first is ReferenceValue == second is ReferenceValue ||
            (name == "sub" && second is ReferenceValue))
        {
            throw Refuse($"the operation {name} on pointers");
        }

        var place = ((ReferenceValue)(first is ReferenceValue ? first : second)).Place;
        var bytes = AsLong(ScalarOf(first is ReferenceValue ? second : first));
        bytes = name == "sub" ? Emit(Operation.Negate, ValueKind.Int64, [bytes]) : bytes;
        var pointer = Emit(Operation.Address, ValueKind.Pointer, [PointerTo(place), bytes], new Step(1, 0));
        return new ReferenceValue(new MemoryPlace(place.Type, pointer));
    }

    private Value AsLong(Value value) => AsNumber(value) is { Kind: ValueKind.Int32 } number
        ? Emit(Operation.Convert, ValueKind.Int64, [number], new Conversion(NumberType.Int64))
        : value;

    /// <summary><c>conv.i4</c>, <c>conv.ovf.u1.un</c>, <c>conv.r.un</c> and their like; overflow is not checked.</summary>
    private void Convert(string name)
    {
        var parts = name.Split('.');
        if (stack[depth - 1] is ReferenceValue reference)
        {
            // Native integers go on as pointers.
            if (target.Type != AcceleratorType.Cuda || parts[^1] is "i" or "u")
            {
                return;
            }

            stack[depth - 1] = new ScalarValue(Emit(Operation.AddressNumber, ValueKind.Int64, [PointerTo(reference.Place)]));
        }

        var value = AsNumber(PopScalar());
        var isFromUnsigned = parts[^1] == "un";
        var suffix = parts[1] == "ovf" ? parts[2] : parts[1];
        var to = suffix switch
        {
            "i1" => NumberType.Int8,
            "u1" => NumberType.UInt8,
            "i2" => NumberType.Int16,
            "u2" => NumberType.UInt16,
            "i4" => NumberType.Int32,
            "u4" => NumberType.UInt32,
            "i8" or "i" => isFromUnsigned ? NumberType.UInt64 : NumberType.Int64,
            "u8" or "u" => NumberType.UInt64,
            "r4" => NumberType.Float32,
            "r8" => NumberType.Float64,
            "r" => isFromUnsigned && frame.Code[IndexOf(frame.Offset) + 1].OpCode == OpCodes.Conv_R4
                ? NumberType.Float32
                : NumberType.Float64,
            _ => throw Refuse($"the instruction {name}"),
        };
        Push(Emit(Operation.Convert, ValueKinds.KindOf(to), [value], new Conversion(to, isFromUnsigned)));
    }
}
