using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ILGPU.IR;

namespace ILGPU.Frontend.Types;

/// <summary>How a type of C# appears in kernels.</summary>
internal enum TypeShape
{
    /// <summary>A number, a truth, or an enumeration.</summary>
    Scalar,

    /// <summary>A pointer and a length: an <see cref="ArrayView{T}"/>, an array of the kernel, a span.</summary>
    View,

    /// <summary>Fields.</summary>
    Structure,

    /// <summary>Memory that is indexed: an inline array, or a fixed buffer of a structure.</summary>
    Memory,

    /// <summary>A reference to a variable, or a pointer.</summary>
    Reference,

    /// <summary>Anything else; values of such types exist only while the kernel is compiled.</summary>
    Object,
}

internal static class TypeShapes
{
    private static readonly ConcurrentDictionary<Type, TypeShape> Shapes = [];

    public static TypeShape Of(Type type) => Shapes.GetOrAdd(type, static candidate => Find(candidate));

    /// <summary>The number behind a scalar.</summary>
    public static NumberType NumberOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => NumberType.Int8,
        TypeCode.Byte or TypeCode.Boolean => NumberType.UInt8,
        TypeCode.Int16 => NumberType.Int16,
        TypeCode.UInt16 or TypeCode.Char => NumberType.UInt16,
        TypeCode.Int32 => NumberType.Int32,
        TypeCode.UInt32 => NumberType.UInt32,
        TypeCode.Int64 => NumberType.Int64,
        TypeCode.UInt64 => NumberType.UInt64,
        TypeCode.Single => NumberType.Float32,
        TypeCode.Double => NumberType.Float64,
        _ when type == typeof(System.Half) => NumberType.UInt16,
        _ when type == typeof(nuint) => NumberType.UInt64,
        _ => NumberType.Int64,
    };

    public static ValueKind KindOf(Type type) => type == typeof(bool) ? ValueKind.Bool : ValueKinds.KindOf(NumberOf(type));

    /// <summary>The type of the elements of a view.</summary>
    public static Type ElementOf(Type type) => type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[0];

    private static TypeShape Find(Type type)
    {
        if (type.IsByRef || type.IsPointer)
        {
            return TypeShape.Reference;
        }

        if (type.IsPrimitive || type.IsEnum || type == typeof(System.Half))
        {
            return TypeShape.Scalar;
        }

        if (type.IsSZArray)
        {
            return TypeShape.View;
        }

        if (!type.IsValueType)
        {
            return TypeShape.Object;
        }

        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(ArrayView<>) || definition == typeof(Span<>) || definition == typeof(ReadOnlySpan<>))
        {
            return TypeShape.View;
        }

        // A fixed buffer has one field, but the size of all its elements.
        return type.IsDefined(typeof(InlineArrayAttribute), inherit: false) || type.IsDefined(typeof(UnsafeValueTypeAttribute), inherit: false)
            ? TypeShape.Memory
            : TypeShape.Structure;
    }
}
