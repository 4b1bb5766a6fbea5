using System.Collections.Concurrent;
using System.Reflection;
using ILGPU.Runtime;

namespace ILGPU.Frontend;

/// <summary>Which types may lie in the memory of an accelerator and be passed to kernels.</summary>
internal static class ElementTypes
{
    private static readonly ConcurrentDictionary<Type, string?> Reasons = [];

    /// <exception cref="InternalCompilerException">The type cannot be used there.</exception>
    public static void Check(Type type, string place)
    {
        if (Reasons.GetOrAdd(type, static candidate => Reason(candidate)) is { } reason)
        {
            throw new InternalCompilerException($"{place}: expected a type of fixed layout; got {type.Name}: {reason}");
        }
    }

    private static string? Reason(Type type)
    {
        if (type == typeof(bool) || type == typeof(char))
        {
            // Their size differs between the host and the languages of devices.
            return $"{type.Name} has no fixed size on devices. Use byte or int.";
        }

        if (type.IsPrimitive || type.IsEnum)
        {
            return null;
        }

        if (!type.IsValueType)
        {
            return $"{type.Name} is a reference type.";
        }

        if (typeof(IArrayView).IsAssignableFrom(type))
        {
            return type.IsGenericType ? Reason(type.GetGenericArguments()[0]) : null;
        }

        return type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.FieldType != type)
            .Select(field => Reason(field.FieldType) is { } reason ? $"field {field.Name}: {reason}" : null)
            .FirstOrDefault(reason => reason is not null);
    }
}
