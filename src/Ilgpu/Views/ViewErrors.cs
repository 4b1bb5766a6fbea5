using System.Diagnostics.CodeAnalysis;
using ILGPU.Runtime;

namespace ILGPU;

/// <summary>The exceptions of views. Apart from them, so that the accesses themselves stay small enough to be inlined.</summary>
internal static class ViewErrors
{
    [DoesNotReturn]
    [SuppressMessage("Usage", "CA2201:Do not raise reserved exception types", Justification = "An index is out of range.")]
    public static void ThrowIndex(long index, long length, Type element) =>
        throw new IndexOutOfRangeException(
            $"view of {element.Name}: expected an index in [0, {length}); got {index}.");

    [DoesNotReturn]
    [SuppressMessage("Usage", "CA2201:Do not raise reserved exception types", Justification = "An index is out of range.")]
    public static void ThrowIndex<TIndex>(TIndex index, TIndex extent, Type element) =>
        throw new IndexOutOfRangeException(
            $"view of {element.Name}: expected an index from zero up to {extent}, exclusive; got {index}.");

    /// <exception cref="ArgumentOutOfRangeException">The range is not within [0, available).</exception>
    public static void CheckRange(string operation, long index, long length, long available)
    {
        if (index < 0 || length < 0 || index > available - length)
        {
            ThrowRange(operation, index, length, available);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A strided view would reach beyond its memory.</exception>
    public static void CheckExtent<TIndex>(TIndex extent, long required, long available)
        where TIndex : IIndex
    {
        if (required > available)
        {
            throw new ArgumentOutOfRangeException(
                nameof(extent),
                $"view: expected memory for an extent of {extent}, {required} elements with this stride; got {available}.");
        }
    }

    /// <exception cref="InvalidOperationException">Always.</exception>
    [DoesNotReturn]
    public static void ThrowDeviceMemory(MemoryBuffer? owner, Type element) =>
        throw new InvalidOperationException(
            $"view of {element.Name}: expected memory of the host, to access an element outside a kernel; " +
            $"got memory of {owner?.Accelerator.Name ?? "a device"}. Copy it with CopyToCPU or GetAsArray1D.");

    public static InvalidOperationException NoBuffer() =>
        new("view: expected a view of a buffer; got an empty one, or one of shared or local memory, which no buffer owns.");

    [DoesNotReturn]
    private static void ThrowRange(string operation, long index, long length, long available) =>
        throw new ArgumentOutOfRangeException(
            nameof(index),
            $"{operation}: expected a range within [0, {available}); got {length} elements from {index} on.");
}
