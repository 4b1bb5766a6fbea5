using System.Reflection;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>Functions of numbers.</content>
internal sealed partial class Translator
{
    private static readonly Dictionary<string, MathFunction> Functions = new()
    {
        ["Sqrt"] = MathFunction.Sqrt,
        ["Rsqrt"] = MathFunction.ReciprocalSqrt,
        ["Exp"] = MathFunction.Exp,
        ["Exp2"] = MathFunction.Exp2,
        ["Log"] = MathFunction.Log,
        ["Log2"] = MathFunction.Log2,
        ["Log10"] = MathFunction.Log10,
        ["Sin"] = MathFunction.Sin,
        ["Cos"] = MathFunction.Cos,
        ["Tan"] = MathFunction.Tan,
        ["Asin"] = MathFunction.Asin,
        ["Acos"] = MathFunction.Acos,
        ["Atan"] = MathFunction.Atan,
        ["Sinh"] = MathFunction.Sinh,
        ["Cosh"] = MathFunction.Cosh,
        ["Tanh"] = MathFunction.Tanh,
        ["Asinh"] = MathFunction.Asinh,
        ["Acosh"] = MathFunction.Acosh,
        ["Atanh"] = MathFunction.Atanh,
        ["Cbrt"] = MathFunction.Cbrt,
        ["Floor"] = MathFunction.Floor,
        ["Ceiling"] = MathFunction.Ceiling,
        ["Truncate"] = MathFunction.Truncate,
        ["Round"] = MathFunction.Round,
        ["RoundToEven"] = MathFunction.Round,
        ["RoundAwayFromZero"] = MathFunction.RoundAway,
        ["Pow"] = MathFunction.Pow,
        ["Atan2"] = MathFunction.Atan2,
        ["IEEERemainder"] = MathFunction.IEEERemainder,
        ["CopySign"] = MathFunction.CopySign,
        ["FusedMultiplyAdd"] = MathFunction.FusedMultiplyAdd,
        ["Abs"] = MathFunction.Abs,
        ["Min"] = MathFunction.Min,
        ["Max"] = MathFunction.Max,
    };

    private static readonly Dictionary<string, MathFunction> BitFunctions = new()
    {
        ["PopCount"] = MathFunction.PopCount,
        ["LeadingZeroCount"] = MathFunction.LeadingZeroCount,
        ["TrailingZeroCount"] = MathFunction.TrailingZeroCount,
    };

    private bool TryMath(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        var parameters = method.GetParameters();
        if (!method.IsStatic || parameters.Length == 0 || method.IsGenericMethod)
        {
            return false;
        }

        var type = parameters[0].ParameterType;
        if (BitFunctions.TryGetValue(method.Name, out var bits) && parameters.Length == 1 && ValueKinds.IsInteger(TypeShapes.KindOf(type)))
        {
            var count = Emit(Operation.Math, ValueKind.Int32, [ScalarOf(arguments[0])], bits);
            result = new ScalarValue(Fit(new ScalarValue(count), ((MethodInfo)method).ReturnType));
            return true;
        }

        if (method.DeclaringType == typeof(System.Numerics.BitOperations))
        {
            return TryLog2(method, arguments, out result);
        }

        var last = method.Name.LastIndexOf('.') + 1;
        if (method.Name == "BigMul" || !Functions.TryGetValue(method.Name[last..], out var function))
        {
            return TrySinCos(method, arguments, out result);
        }

        var operands = arguments;
        if (parameters[^1].ParameterType == typeof(MidpointRounding))
        {
            function = ScalarOf(arguments[^1]) switch
            {
                Constant { Bits: (long)MidpointRounding.ToEven } => MathFunction.Round,
                Constant { Bits: (long)MidpointRounding.AwayFromZero } => MathFunction.RoundAway,
                Constant { Bits: (long)MidpointRounding.ToZero } => MathFunction.Truncate,
                Constant { Bits: (long)MidpointRounding.ToNegativeInfinity } => MathFunction.Floor,
                Constant { Bits: (long)MidpointRounding.ToPositiveInfinity } => MathFunction.Ceiling,
                _ => throw Refuse("a rounding mode that is not a constant"),
            };
            operands = arguments[..^1];
        }

        if (operands.Length != OperandsOf(function) || !Array.TrueForAll(operands, operand => operand is ScalarValue))
        {
            return false;
        }

        var number = TypeShapes.NumberOf(type);
        if (!ValueKinds.IsFloat(number))
        {
            if (function is not (MathFunction.Abs or MathFunction.Min or MathFunction.Max))
            {
                return false;
            }

            if (ValueKinds.IsUnsigned(number) && function != MathFunction.Abs)
            {
                function = function == MathFunction.Min ? MathFunction.MinUnsigned : MathFunction.MaxUnsigned;
            }
        }

        var values = Array.ConvertAll(operands, operand => Fit(operand, type));
        result = new ScalarValue(Fit(new ScalarValue(ApplyMath(function, values)), ((MethodInfo)method).ReturnType));
        return true;
    }

    /// <summary>The number of the highest bit; the logarithm of 0 counts as 0.</summary>
    private bool TryLog2(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        if (method.Name != nameof(System.Numerics.BitOperations.Log2))
        {
            return false;
        }

        var value = ScalarOf(arguments[0]);
        value = Emit(Operation.Or, value.Kind, [value, Constant.Of(value.Kind, 1)]);
        var zeros = Emit(Operation.Math, ValueKind.Int32, [value], MathFunction.LeadingZeroCount);
        var top = Constant.Int(value.Kind == ValueKind.Int64 ? 63 : 31);
        result = new ScalarValue(Emit(Operation.Subtract, ValueKind.Int32, [top, zeros]));
        return true;
    }

    private static int OperandsOf(MathFunction function) => function switch
    {
        MathFunction.FusedMultiplyAdd => 3,
        MathFunction.Pow or MathFunction.Atan2 or MathFunction.IEEERemainder or MathFunction.CopySign
            or MathFunction.Min or MathFunction.Max => 2,
        _ => 1,
    };

    private bool TrySinCos(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        if (method.Name != "SinCos" || arguments.Length != 1)
        {
            return false;
        }

        var x = ScalarOf(arguments[0]);
        result = target.HasMath(MathFunction.Sin, x.Kind)
            ? new StructureValue(((MethodInfo)method).ReturnType,
            [
                new ScalarValue(Emit(Operation.Math, x.Kind, [x], MathFunction.Sin)),
                new ScalarValue(Emit(Operation.Math, x.Kind, [x], MathFunction.Cos)),
            ])
            : InlineDeviceMath(method.Name, [x]);
        return true;
    }

    /// <summary>16-bit numbers, kept as their bits: arithmetic in 32 bits, rounded, as the library of the host does it.</summary>
    private bool TryHalf(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        var information = (MethodInfo)method;
        result = null;
        switch (method.Name)
        {
            case "op_Explicit" or "op_Implicit" when information.ReturnType == typeof(System.Half):
                var from = ScalarOf(arguments[0]);
                var isUnsigned = ValueKinds.IsUnsigned(TypeShapes.NumberOf(method.GetParameters()[0].ParameterType));
                var (number, function) = from.Kind switch
                {
                    ValueKind.Float32 => (from, MathFunction.FloatToHalf),
                    ValueKind.Float64 => (from, MathFunction.DoubleToHalf),
                    _ => (Emit(
                        Operation.Convert, ValueKind.Float32, [from], new Conversion(NumberType.Float32, isUnsigned)), MathFunction.FloatToHalf),
                };
                result = new ScalarValue(Emit(Operation.Math, ValueKind.Int32, [number], function));
                return true;
            case "op_Explicit" or "op_Implicit":
                result = new ScalarValue(Emit(
                    Operation.Convert,
                    TypeShapes.KindOf(information.ReturnType),
                    [HalfToFloat(arguments[0])],
                    new Conversion(TypeShapes.NumberOf(information.ReturnType))));
                return true;
            case "op_Addition" or "op_Subtraction" or "op_Multiply" or "op_Division":
                var operation = method.Name switch
                {
                    "op_Addition" => Operation.Add,
                    "op_Subtraction" => Operation.Subtract,
                    "op_Multiply" => Operation.Multiply,
                    _ => Operation.Divide,
                };
                var sum = Emit(operation, ValueKind.Float32, [HalfToFloat(arguments[0]), HalfToFloat(arguments[1])]);
                result = new ScalarValue(Emit(Operation.Math, ValueKind.Int32, [sum], MathFunction.FloatToHalf));
                return true;
            case "op_UnaryNegation":
                result = new ScalarValue(Emit(Operation.Xor, ValueKind.Int32, [ScalarOf(arguments[0]), Constant.Int(0x8000)]));
                return true;
            case "op_Equality" or "op_Inequality" or "op_LessThan" or "op_LessThanOrEqual" or "op_GreaterThan" or "op_GreaterThanOrEqual":
                var comparison = method.Name switch
                {
                    "op_Equality" => Comparison.Equal,
                    "op_Inequality" => Comparison.NotEqual,
                    "op_LessThan" => Comparison.Less,
                    "op_LessThanOrEqual" => Comparison.LessOrEqual,
                    "op_GreaterThan" => Comparison.Greater,
                    _ => Comparison.GreaterOrEqual,
                };
                result = new ScalarValue(Emit(
                    Operation.Compare, ValueKind.Bool, [HalfToFloat(arguments[0]), HalfToFloat(arguments[1])], comparison));
                return true;
            case "IsNaN":
                var value = HalfToFloat(arguments[0]);
                result = new ScalarValue(Emit(Operation.Compare, ValueKind.Bool, [value, value], Comparison.NotEqual));
                return true;
            default:
                return false;
        }
    }

    private Value HalfToFloat(StackValue half) =>
        Emit(Operation.Math, ValueKind.Float32, [ScalarOf(half)], MathFunction.HalfToFloat);
}
