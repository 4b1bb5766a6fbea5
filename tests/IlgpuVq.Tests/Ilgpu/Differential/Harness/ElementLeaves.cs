using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Frontend.Types;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>A number inside an element of a buffer.</summary>
/// <param name="Path">The fields that lead to it, empty for an element that is a number itself.</param>
/// <param name="Type">A primitive type, or <see cref="System.Half"/>.</param>
/// <param name="Offset">Where it starts in the element, in bytes.</param>
internal sealed record Leaf(string Path, Type Type, int Offset);

/// <summary>Takes the elements of buffers apart: what lies between the numbers is padding, and not compared.</summary>
internal static class ElementLeaves
{
    private static readonly ConcurrentDictionary<Type, Leaf[]> Known = [];

    public static IReadOnlyList<Leaf> Of(Type element) => Known.GetOrAdd(element, static type => [.. Walk(type, "", 0)]);

    private static IEnumerable<Leaf> Walk(Type type, string path, int offset)
    {
        if (type.IsEnum)
        {
            return [new(path, type.GetEnumUnderlyingType(), offset)];
        }

        if (type.IsPrimitive || type == typeof(Half))
        {
            return [new(path, type, offset)];
        }

        var fields = FieldLayout.Of(type);
        return IsRepeated(type)
            ? Enumerable.Range(0, FieldLayout.SizeOf(type) / FieldLayout.SizeOf(fields[0].Type)).SelectMany(i =>
                Walk(fields[0].Type, $"{path}[{i}]", offset + (i * FieldLayout.SizeOf(fields[0].Type))))
            : fields.SelectMany(place => Walk(place.Type, $"{path}.{place.Name}", offset + place.Offset));
    }

    /// <summary>Inline arrays and fixed buffers declare their first element alone.</summary>
    private static bool IsRepeated(Type type) =>
        type.IsDefined(typeof(InlineArrayAttribute)) || type.IsDefined(typeof(UnsafeValueTypeAttribute));
}
