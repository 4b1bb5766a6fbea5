using System.Reflection;
using ILGPU.Frontend.Types;
using ILGPU.IR;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace ILGPU.Frontend.Translation;

/// <content>Instructions in the language of the device: <see cref="CudaAsm"/>.</content>
internal sealed partial class Translator
{
    private ScalarValue? Assembly(MethodBase method, StackValue[] arguments)
    {
        var isCuda = target.Type == AcceleratorType.Cuda;
        if (method.Name == $"get_{nameof(CudaAsm.IsSupported)}")
        {
            return new ScalarValue(Constant.Bool(isCuda));
        }

        if (!isCuda)
        {
            throw Refuse($"{MethodName.Of(method)} on {target.Type}", "Ask CudaAsm.IsSupported first.");
        }

        if (arguments[0] is not ObjectValue { Text: { } text })
        {
            throw Refuse($"{MethodName.Of(method)} with a text that is not a constant");
        }

        var parameters = method.GetParameters()[1..];
        CheckPlaceholders(text, parameters.Length);
        var shapes = new AssemblyArgument[parameters.Length];
        var places = new Place?[parameters.Length];
        var operands = new List<Value>();
        for (var i = 0; i < parameters.Length; i++)
        {
            var type = parameters[i].ParameterType;
            var value = arguments[i + 1];
            var (isRead, isWritten) = (true, false);
            if (method.Name == nameof(CudaAsm.EmitRef))
            {
                (type, isRead, isWritten) = RoleOf(type.GetElementType()!);
                places[i] = FieldOf(((ReferenceValue)value).Place, FieldLayout.Of(((ReferenceValue)value).Place.Type)[0], 0);
                value = isRead ? Load(places[i]!) : value;
            }
            else if (type.IsByRef)
            {
                (type, isRead, isWritten) = (type.GetElementType()!, false, true);
                places[i] = ((ReferenceValue)value).Place;
            }

            if (TypeShapes.Of(type) != TypeShape.Scalar)
            {
                throw Refuse($"{MethodName.Of(method)} with an argument of type {type.Name}", "It takes numbers.");
            }

            shapes[i] = new(TypeShapes.KindOf(type), TypeShapes.NumberOf(type), isRead, isWritten);
            if (isRead)
            {
                operands.Add(Fit(value, type));
            }
        }

        var assembly = Emit(Operation.Assembly, ValueKind.None, [.. operands], new AssemblyDetail(text, shapes));
        for (var i = 0; i < shapes.Length; i++)
        {
            if (shapes[i].IsWritten)
            {
                Store(places[i]!, new ScalarValue(Emit(Operation.AssemblyResult, shapes[i].Kind, [assembly], i)));
            }
        }

        return null;
    }

    private (Type Type, bool IsRead, bool IsWritten) RoleOf(Type argument)
    {
        var role = argument.IsGenericType ? argument.GetGenericTypeDefinition() : null;
        return role == typeof(Input<>) ? (argument.GetGenericArguments()[0], true, false)
            : role == typeof(Output<>) ? (argument.GetGenericArguments()[0], false, true)
            : role == typeof(Ref<>) ? (argument.GetGenericArguments()[0], true, true)
            : throw Refuse($"CudaAsm.EmitRef with an argument of type {argument.Name}", "It takes Input<T>, Output<T> and Ref<T>.");
    }

    private void CheckPlaceholders(string text, int count)
    {
        for (var at = text.IndexOf('%'); at >= 0 && at + 1 < text.Length; at = text.IndexOf('%', at + 2))
        {
            var digits = text[(at + 1)..].TakeWhile(char.IsAsciiDigit).ToArray();
            if (text[at + 1] != '%' && (digits.Length == 0 || int.Parse(digits) >= count))
            {
                throw Refuse(
                    $"CudaAsm with %{text[at + 1]} and {count} arguments", "%0, %1, … are the arguments; write %% for a percent sign.");
            }
        }
    }
}
