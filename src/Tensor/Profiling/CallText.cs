using System.Collections.Concurrent;
using System.Reflection;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Profiling;

/// <summary>A call of a primitive in words: its name, and the shapes of its operands by their names.</summary>
internal static class CallText
{
    private static readonly ConcurrentDictionary<Type, string> Names = [];
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Operands = [];

    /// <summary><c>Conv2d.Forward</c>, <c>Map&lt;Exp&gt;</c>: the type of the call without the words that all have.</summary>
    public static string NameOf(Type call) => Names.GetOrAdd(call, static type =>
    {
        var (place, name) = (Plain(type.DeclaringType!, "Kernels"), Plain(type, "Call"));
        var arguments = type.IsGenericType
            ? $"<{string.Join(", ", type.GetGenericArguments().Select(KernelEntry.NameOf))}>"
            : "";
        return name.Length == 0 ? place + arguments : $"{place}.{name}{arguments}";
    });

    /// <summary>The shapes of a call's tensors.</summary>
    public static IEnumerable<(string Name, string Value)> ArgumentsOf(object call) =>
        from property in Operands.GetOrAdd(call.GetType(), static type =>
            [.. type.GetProperties().Where(property => property.PropertyType.IsAssignableTo(typeof(ITensor)))])
        let tensor = (ITensor?)property.GetValue(call)
        where tensor is not null
        select (property.Name, $"{(tensor is Tensor<int> ? "int " : "")}{tensor.Shape}");

    private static string Plain(Type type, string ending)
    {
        var name = type.Name.Split('`')[0];
        return name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
    }
}
