using System.Numerics;
using static ILGPU.IR.Operation;

namespace ILGPU.IR;

/// <summary>Operations on constants, as the processor of the host does them.</summary>
internal static class ConstantFolding
{
    /// <summary>Null where an operand is no constant, or the operation fails (division by zero).</summary>
    public static Constant? Binary(Operation operation, ValueKind kind, Value left, Value right) => (left, right) switch
    {
        (Constant a, Constant b) => kind switch
        {
            ValueKind.Float32 => Float(operation, a.AsFloat, b.AsFloat) is { } value ? Constant.Float(value) : null,
            ValueKind.Float64 => Float(operation, a.AsDouble, b.AsDouble) is { } value ? Constant.Double(value) : null,
            ValueKind.Pointer => null,
            _ => Integer(operation, kind, a.Bits, b.Bits) is { } value ? Constant.Of(kind, value) : null,
        },
        _ => null,
    };

    public static Constant? Unary(Operation operation, Value value) => (operation, value) switch
    {
        (Negate, Constant { Kind: ValueKind.Float32 } x) => Constant.Float(-x.AsFloat),
        (Negate, Constant { Kind: ValueKind.Float64 } x) => Constant.Double(-x.AsDouble),
        (Negate, Constant x) => Constant.Of(x.Kind, unchecked(-x.Bits)),
        (Not, Constant x) => Constant.Of(x.Kind, ~x.Bits),
        _ => null,
    };

    public static bool Compare(Comparison comparison, Constant left, Constant right)
    {
        var isFloat = ValueKinds.IsFloat(left.Kind);
        var (a, b) = (left.Number, right.Number);
        var (x, y) = (left.Bits, right.Bits);

        // Sign extension keeps the order of unsigned 32-bit numbers in 64 bits.
        return comparison switch
        {
            Comparison.Equal => isFloat ? a == b : x == y,
            Comparison.NotEqual => isFloat ? a != b : x != y,
            Comparison.Less => isFloat ? a < b : x < y,
            Comparison.LessOrEqual => isFloat ? a <= b : x <= y,
            Comparison.Greater => isFloat ? a > b : x > y,
            Comparison.GreaterOrEqual => isFloat ? a >= b : x >= y,
            Comparison.Below => (ulong)x < (ulong)y,
            Comparison.BelowOrEqual => (ulong)x <= (ulong)y,
            Comparison.Above => (ulong)x > (ulong)y,
            _ => (ulong)x >= (ulong)y,
        };
    }

    public static Constant Convert(Conversion conversion, Constant value)
    {
        if (ValueKinds.IsFloat(value.Kind))
        {
            var number = value.Number;
            return conversion.To switch
            {
                NumberType.Float32 => Constant.Float(value.Kind == ValueKind.Float32 ? value.AsFloat : (float)number),
                NumberType.Float64 => Constant.Double(number),
                NumberType.Int8 => Constant.Int((sbyte)(int)number),
                NumberType.UInt8 => Constant.Int((byte)(int)number),
                NumberType.Int16 => Constant.Int((short)(int)number),
                NumberType.UInt16 => Constant.Int((ushort)(int)number),
                NumberType.Int32 => Constant.Int((int)number),
                NumberType.UInt32 => Constant.Int((int)(uint)number),
                NumberType.Int64 => Constant.Long((long)number),
                _ => Constant.Long((long)(ulong)number),
            };
        }

        var bits = value.Bits;
        if (ValueKinds.IsFloat(conversion.To))
        {
            var unsigned = value.Kind == ValueKind.Int32 ? (uint)bits : (ulong)bits;
            return conversion.To == NumberType.Float32
                ? Constant.Float(conversion.FromUnsigned ? unsigned : bits)
                : Constant.Double(conversion.FromUnsigned ? unsigned : bits);
        }

        return conversion.To switch
        {
            NumberType.Int8 => Constant.Int((sbyte)bits),
            NumberType.UInt8 => Constant.Int((byte)bits),
            NumberType.Int16 => Constant.Int((short)bits),
            NumberType.UInt16 => Constant.Int((ushort)bits),
            NumberType.Int32 or NumberType.UInt32 => Constant.Int((int)bits),
            NumberType.UInt64 when value.Kind == ValueKind.Int32 => Constant.Long((uint)bits),
            _ => Constant.Long(bits),
        };
    }

    /// <summary>Only functions that every device computes exactly: others might differ from what the device gives.</summary>
    public static Constant? Math(MathFunction function, Value[] operands)
    {
        if (!operands.All(operand => operand is Constant))
        {
            return null;
        }

        var a = (Constant)operands[0];
        var b = operands.Length > 1 ? (Constant)operands[1] : a;
        return (function, a.Kind) switch
        {
            (MathFunction.Abs, ValueKind.Float32) => Constant.Float(System.MathF.Abs(a.AsFloat)),
            (MathFunction.Abs, ValueKind.Float64) => Constant.Double(System.Math.Abs(a.AsDouble)),
            (MathFunction.Abs, _) => Constant.Of(a.Kind, unchecked(a.Bits < 0 ? -a.Bits : a.Bits)),
            (MathFunction.Min, ValueKind.Float32) => Constant.Float(System.MathF.Min(a.AsFloat, b.AsFloat)),
            (MathFunction.Max, ValueKind.Float32) => Constant.Float(System.MathF.Max(a.AsFloat, b.AsFloat)),
            (MathFunction.Min, ValueKind.Int32 or ValueKind.Int64) => Constant.Of(a.Kind, System.Math.Min(a.Bits, b.Bits)),
            (MathFunction.Max, ValueKind.Int32 or ValueKind.Int64) => Constant.Of(a.Kind, System.Math.Max(a.Bits, b.Bits)),
            (MathFunction.MinUnsigned, _) => (ulong)a.Bits < (ulong)b.Bits ? a : b,
            (MathFunction.MaxUnsigned, _) => (ulong)a.Bits > (ulong)b.Bits ? a : b,
            _ => null,
        };
    }

    private static T? Float<T>(Operation operation, T a, T b)
        where T : struct, IFloatingPoint<T> => operation switch
        {
            Add => a + b,
            Subtract => a - b,
            Multiply => a * b,
            Divide => a / b,
            Remainder => a % b,
            _ => null,
        };

    /// <summary>In 64 bits; what is kept of it decides whether it is an operation on 32.</summary>
    private static long? Integer(Operation operation, ValueKind kind, long a, long b)
    {
        var isShort = kind != ValueKind.Int64;
        var (unsignedA, unsignedB) = isShort ? ((uint)a, (uint)b) : ((ulong)a, (ulong)b);
        var fails = b == 0 || (b == -1 && a == (isShort ? int.MinValue : long.MinValue));
        var count = (int)b & (isShort ? 31 : 63);
        return unchecked(operation switch
        {
            Add => a + b,
            Subtract => a - b,
            Multiply => a * b,
            Divide => fails ? null : a / b,
            DivideUnsigned => b == 0 ? null : (long)(unsignedA / unsignedB),
            Remainder => fails ? null : a % b,
            RemainderUnsigned => b == 0 ? null : (long)(unsignedA % unsignedB),
            And => a & b,
            Or => a | b,
            Xor => a ^ b,
            ShiftLeft => a << count,
            ShiftRight => a >> count,
            ShiftRightUnsigned => (long)(unsignedA >> count),
            _ => null,
        });
    }
}
