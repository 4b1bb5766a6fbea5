using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace ILGPU.Frontend.Types;

/// <summary>A field of a structure and where it lies in host memory.</summary>
/// <param name="Field">The field.</param>
/// <param name="Offset">Its distance from the start of the structure in bytes.</param>
internal readonly record struct FieldPlace(FieldInfo Field, int Offset)
{
    public Type Type => Field.FieldType;

    /// <summary>The name as the source has it: that of the property, for a field that the compiler made for one.</summary>
    public string Name => Field.Name is ['<', ..] name && name.IndexOf('>', StringComparison.Ordinal) is var end and > 1
        ? name[1..end]
        : Field.Name;
}

/// <summary>How the runtime lays structures out in memory.</summary>
internal static class FieldLayout
{
    private static readonly ConcurrentDictionary<Type, FieldPlace[]> Layouts = [];
    private static readonly ConcurrentDictionary<Type, int> Sizes = [];

    /// <summary>The instance fields in the order of their offsets. Kernels take structures apart in this order.</summary>
    public static IReadOnlyList<FieldPlace> Of(Type type) => Layouts.GetOrAdd(type, static structure =>
        structure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => new FieldPlace(field, OffsetOf(structure, field)))
            .OrderBy(place => place.Offset)
            .ToArray());

    /// <summary>Fields share bytes, as those of a structure with an explicit layout may.</summary>
    public static bool HasOverlaps(Type type)
    {
        var end = 0;
        foreach (var (field, offset) in Of(type))
        {
            if (offset < end)
            {
                return true;
            }

            end = offset + SizeOf(field.FieldType);
        }

        return false;
    }

    /// <summary>The distance of two neighbours in an array, in bytes.</summary>
    public static int SizeOf(Type type) => Sizes.GetOrAdd(type, static element =>
    {
        var method = new DynamicMethod("SizeOf", typeof(int), null, typeof(FieldLayout).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Sizeof, element);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    });

    /// <summary>
    /// Asks the runtime, by the distance of two addresses: structures without a declared layout (tuples among them) are laid out
    /// as it likes.
    /// </summary>
    private static int OffsetOf(Type structure, FieldInfo field)
    {
        var method = new DynamicMethod("OffsetOf", typeof(int), null, typeof(FieldLayout).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        var local = code.DeclareLocal(structure);
        code.Emit(OpCodes.Ldloca, local);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca, local);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int>>()();
    }
}
