using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Frontend.Types;

namespace ILGPU.Runtime;

/// <summary>A part of a parameter that a compiled kernel takes as an argument of its own.</summary>
/// <param name="IsView">An <see cref="ArrayView{T}"/>; else a plain value.</param>
/// <param name="Offset">Where it lies in the parameter, in bytes.</param>
/// <param name="Size">The size of a plain value in bytes.</param>
internal readonly record struct ParameterPart(bool IsView, int Offset, int Size);

/// <summary>How a parameter of a kernel is taken apart: found once per type, so that launches only copy.</summary>
/// <param name="Parts">In the order in which compiled kernels take them.</param>
/// <param name="Size">The size of the whole parameter in bytes.</param>
/// <param name="IsSpecialized">A <see cref="SpecializedValue{T}"/>, which is no argument but part of the kernel.</param>
internal sealed record ParameterLayout(ParameterPart[] Parts, int Size, bool IsSpecialized)
{
    private static readonly ConcurrentDictionary<Type, ParameterLayout> Layouts = [];

    public static ParameterLayout Of(Type type) => Layouts.GetOrAdd(type, static parameter => new(
        [.. PartsOf(parameter, 0)],
        FieldLayout.SizeOf(parameter),
        parameter.IsGenericType && parameter.GetGenericTypeDefinition() == typeof(SpecializedValue<>)));

    private static IEnumerable<ParameterPart> PartsOf(Type type, int offset)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
        {
            return [new(IsView: true, offset, 0)];
        }

        if (type.IsPrimitive || type.IsEnum || type.IsPointer)
        {
            return [new(IsView: false, offset, FieldLayout.SizeOf(type))];
        }

        var repeats = type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;
        return FieldLayout.Of(type).SelectMany(place => Elements(place, offset, repeats));
    }

    /// <summary>The parts of a field: those of each element, where it stands for an array of fixed length.</summary>
    private static IEnumerable<ParameterPart> Elements(FieldPlace place, int offset, int repeats)
    {
        var element = place.Type;
        if (place.Field.GetCustomAttribute<FixedBufferAttribute>() is { } fixedBuffer)
        {
            (element, repeats) = (fixedBuffer.ElementType, fixedBuffer.Length);
        }

        var size = FieldLayout.SizeOf(element);
        return Enumerable.Range(0, repeats).SelectMany(i => PartsOf(element, offset + place.Offset + (i * size)));
    }
}

/// <summary>The layout of one type, without a look-up.</summary>
internal static class ParameterLayout<T>
    where T : struct
{
    public static readonly ParameterLayout Value = ParameterLayout.Of(typeof(T));
}
