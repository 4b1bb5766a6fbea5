using System.Reflection;
using ILGPU.Algorithms;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>Functions that the target has, or their code where it has none.</content>
internal sealed partial class Translator
{
    /// <summary>A function of numbers of one kind.</summary>
    private Value ApplyMath(MathFunction function, Value[] values) => target.HasMath(function, values[0].Kind)
        ? Emit(Operation.Math, values[0].Kind, values, function)
        : ApplyDeviceMath(function.ToString(), values);

    /// <summary>The operator % of two numbers of one kind.</summary>
    private Value ApplyRemainder(Value left, Value right) =>
        target.HasFloatRemainder || !ValueKinds.IsFloat(left.Kind)
            ? Emit(Operation.Remainder, left.Kind, [left, right])
            : ApplyDeviceMath(nameof(DeviceMath.Remainder), [left, right]);

    private Value ApplyDeviceMath(string name, Value[] values)
    {
        if (!Array.TrueForAll(values, value => value is Constant))
        {
            return ScalarOf(InlineDeviceMath(name, values));
        }

        // On the host the method gives what its code would give on the device.
        var numbers = Array.ConvertAll(values, value => NumberOf((Constant)value));
        var result = DeviceMathMethod(name, values).Invoke(null, numbers)!;
        return result is float single ? Constant.Float(single) : Constant.Double((double)result);
    }

    /// <summary>Puts the code of a method of <see cref="DeviceMath"/> here.</summary>
    private StackValue InlineDeviceMath(string name, Value[] values) => Inline(
        DeviceMathMethod(name, values),
        [.. values.Select(value => new ScalarValue(value))],
        $"{frame.Path}/{frame.Offset:x}{name}")!;

    private static MethodInfo DeviceMathMethod(string name, Value[] values) => typeof(DeviceMath).GetMethod(
        name, Array.ConvertAll(values, value => value.Kind == ValueKind.Float32 ? typeof(float) : typeof(double)))!;

    private static object NumberOf(Constant constant) =>
        constant.Kind == ValueKind.Float32 ? (object)constant.AsFloat : constant.AsDouble;
}
