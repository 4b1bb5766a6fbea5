using System.Reflection;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Calls every element-wise op once, forward and backward, on few numbers.</summary>
public static class FunctionTour
{
    /// <summary>All functions of one or two numbers of this project: each is the structure that its op is named after.</summary>
    internal static IReadOnlyList<Type> Functions { get; } =
    [
        .. typeof(FunctionTour).Assembly.GetExportedTypes().Where(type => type is { IsValueType: true, IsGenericType: false }
            && (typeof(IUnaryFunction).IsAssignableFrom(type) || typeof(IBinaryFunction).IsAssignableFrom(type))),
    ];

    /// <summary>The texts of all kernels: those of the primitives, and those that they are with the
    /// functions of this project.</summary>
    public static IReadOnlyList<KernelText> Texts() => KernelText.All(Run);

    internal static void Run(Device device)
    {
        // Four elements a thread, and one.
        foreach (var length in (ReadOnlySpan<int>)[4, 3])
        {
            foreach (var function in Functions)
            {
                Call(device, function, length);
            }
        }
    }

    private static void Call(Device device, Type function, int length)
    {
        using var x = Primitive.Fill(device, [length], 0.5f);
        using var tape = new Tape(device);
        var apply = function.GetMethod("Apply", BindingFlags.Public | BindingFlags.Static)!;
        var arguments = apply.GetParameters().Select(parameter => parameter.ParameterType == typeof(Variable)
            ? tape.Leaf(x)
            : parameter.HasDefaultValue ? parameter.DefaultValue : 0.5f);
        var y = (Variable)apply.Invoke(null, [.. arguments])!;
        tape.Backward(y, x);
    }
}
