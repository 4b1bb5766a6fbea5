using System.Reflection;

namespace ILGPU.Frontend;

/// <summary>Names of methods as the source has them.</summary>
internal static class MethodName
{
    private const string Getter = "get_";

    /// <summary>Type and method, with type arguments; a lambda is named after the method that it stands in.</summary>
    public static string Of(MethodBase method)
    {
        var type = method.DeclaringType;
        while (type is { DeclaringType: not null } && type.Name.StartsWith('<'))
        {
            type = type.DeclaringType;
        }

        var prefix = type is null ? "" : $"{OfType(type)}.";
        var arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(OfType))}>" : "";
        return prefix + Plain(method.Name) + arguments;
    }

    private static string Plain(string name)
    {
        // The compiler calls a lambda <Method>b__1_0 and a local function <Method>g__Local|1_0.
        if (name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is var end and > 0)
        {
            var outer = name[1..end];
            var local = name.IndexOf("g__", end, StringComparison.Ordinal);
            var bar = name.IndexOf('|', end);
            return local == end + 1 && bar > local ? $"{outer}.{name[(local + 3)..bar]}" : $"{outer}.lambda";
        }

        return name.StartsWith(Getter, StringComparison.Ordinal) ? name[Getter.Length..] : name;
    }

    private static string OfType(Type type)
    {
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        var name = tick < 0 ? type.Name : type.Name[..tick];
        if (type.DeclaringType is { IsGenericType: false } outer && !outer.Name.StartsWith('<'))
        {
            name = $"{OfType(outer)}.{name}";
        }

        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(OfType))}>" : name;
    }
}
