using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <content>Copies between host and accelerator, and fills. All wait for what the stream was given before.</content>
public static partial class ArrayViewExtensions
{
    /// <summary>Sets every byte of the view to zero, gaps of a strided view included.</summary>
    public static void MemSetToZero<TView>(this TView view)
        where TView : struct, IContiguousArrayView => view.MemSet(0);

    /// <inheritdoc cref="MemSetToZero{TView}(TView)"/>
    public static void MemSetToZero<TView>(this TView view, AcceleratorStream stream)
        where TView : struct, IContiguousArrayView => view.MemSet(stream, 0);

    /// <summary>Sets every byte of the view to <paramref name="value"/>, gaps of a strided view included.</summary>
    public static void MemSet<TView>(this TView view, byte value)
        where TView : struct, IContiguousArrayView
    {
        if (view.IsValid)
        {
            view.MemSet(view.GetAccelerator().DefaultStream, value);
        }
    }

    /// <inheritdoc cref="MemSet{TView}(TView, byte)"/>
    public static void MemSet<TView>(this TView view, AcceleratorStream stream, byte value)
        where TView : struct, IContiguousArrayView
    {
        var bytes = view.AsRawArrayView();
        if (bytes.IsValid)
        {
            bytes.Buffer.MemSet(stream, value, bytes.IndexInBytes, bytes.Length);
        }
    }

    /// <summary>Copies as many elements as the span has to the start of the view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view is shorter than the span.</exception>
    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => CopyFrom(target.BaseView, stream, span, isLocked: false);

    /// <summary>Copies as many elements as the span has from the start of the view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view is shorter than the span.</exception>
    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, in Span<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => CopyTo(source.BaseView, stream, span, isLocked: false);

    /// <summary>
    /// Copies <paramref name="length"/> elements that start at <paramref name="cpuData"/> to the start of the view.
    /// </summary>
    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        target.CopyFromCPU(stream, (ReadOnlySpan<T>)MemoryMarshal.CreateSpan(ref cpuData, checked((int)length)));

    /// <inheritdoc cref="CopyFromCPU{T, TView}(TView, AcceleratorStream, ref T, long)"/>
    public static void CopyFromCPU<T, TView>(this TView target, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        target.CopyFromCPU(target.GetAccelerator().DefaultStream, ref cpuData, length);

    /// <summary>
    /// Copies <paramref name="length"/> elements from the start of the view to those at <paramref name="cpuData"/>.
    /// </summary>
    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        source.CopyToCPU(stream, MemoryMarshal.CreateSpan(ref cpuData, checked((int)length)));

    /// <inheritdoc cref="CopyToCPU{T, TView}(TView, AcceleratorStream, ref T, long)"/>
    public static void CopyToCPU<T, TView>(this TView source, ref T cpuData, long length)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        source.CopyToCPU(source.GetAccelerator().DefaultStream, ref cpuData, length);

    /// <summary>Copies all elements of this view to the start of another of the same accelerator; they may overlap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The target is shorter than the source.</exception>
    public static void CopyTo<T>(this ArrayView<T> source, AcceleratorStream stream, in ArrayView<T> target)
        where T : unmanaged
    {
        ViewErrors.CheckRange(nameof(CopyTo), 0, source.Length, target.Length);
        if (source.Length > 0)
        {
            target.Buffer.CopyFromBuffer(
                stream,
                source.Buffer,
                source.IndexInBytes,
                target.IndexInBytes,
                source.LengthInBytes);
        }
    }

    /// <inheritdoc cref="CopyTo{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyTo<T>(this ArrayView<T> source, in ArrayView<T> target)
        where T : unmanaged
    {
        if (source.Length > 0)
        {
            source.CopyTo(source.GetAccelerator().DefaultStream, target);
        }
    }

    /// <inheritdoc cref="CopyTo{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyTo<T>(
        this ArrayView1D<T, Stride1D.Dense> source,
        AcceleratorStream stream,
        in ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => source.BaseView.CopyTo(stream, target.BaseView);

    /// <inheritdoc cref="CopyTo{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyTo<T>(this ArrayView1D<T, Stride1D.Dense> source, in ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => source.BaseView.CopyTo(target.BaseView);

    /// <summary>Copies all elements of another view of the same accelerator to the start of this one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The target is shorter than the source.</exception>
    public static void CopyFrom<T>(this ArrayView<T> target, AcceleratorStream stream, in ArrayView<T> source)
        where T : unmanaged => source.CopyTo(stream, target);

    /// <inheritdoc cref="CopyFrom{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyFrom<T>(this ArrayView<T> target, in ArrayView<T> source)
        where T : unmanaged => source.CopyTo(target);

    /// <inheritdoc cref="CopyFrom{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyFrom<T>(
        this ArrayView1D<T, Stride1D.Dense> target,
        AcceleratorStream stream,
        in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => source.CopyTo(stream, target);

    /// <inheritdoc cref="CopyFrom{T}(ArrayView{T}, AcceleratorStream, in ArrayView{T})"/>
    public static void CopyFrom<T>(this ArrayView1D<T, Stride1D.Dense> target, in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => source.CopyTo(target);

    /// <summary>
    /// Copies locked memory of the host to the start of the view; it may not be changed until the stream is synchronized.
    /// </summary>
    public static void CopyFromPageLockedAsync<T, TView>(this TView target, AcceleratorStream stream, PageLockScope<T> source)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        source.ThrowIfDisposed();
        CopyFrom(target.BaseView, stream, source.Data, source.IsLocked);
    }

    /// <inheritdoc cref="CopyFromPageLockedAsync{T, TView}(TView, AcceleratorStream, PageLockScope{T})"/>
    public static void CopyFromPageLockedAsync<T, TView>(this TView target, PageLockScope<T> source)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        target.CopyFromPageLockedAsync(source.Accelerator.DefaultStream, source);

    /// <summary>
    /// Copies the start of the view to locked memory of the host, which has it when the stream is synchronized.
    /// </summary>
    public static void CopyToPageLockedAsync<T, TView>(this TView source, AcceleratorStream stream, PageLockScope<T> target)
        where TView : IContiguousArrayView<T>
        where T : unmanaged
    {
        target.ThrowIfDisposed();
        CopyTo(source.BaseView, stream, target.Data, target.IsLocked);
    }

    /// <inheritdoc cref="CopyToPageLockedAsync{T, TView}(TView, AcceleratorStream, PageLockScope{T})"/>
    public static void CopyToPageLockedAsync<T, TView>(this TView source, PageLockScope<T> target)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        source.CopyToPageLockedAsync(target.Accelerator.DefaultStream, target);

    private static void CopyFrom<T>(ArrayView<T> view, AcceleratorStream stream, ReadOnlySpan<T> span, bool isLocked)
        where T : unmanaged
    {
        ViewErrors.CheckRange(nameof(CopyFromCPU), 0, span.Length, view.Length);
        for (var start = 0; start < span.Length;)
        {
            var part = span.Slice(start, Math.Min(span.Length - start, MaxElementsPerCopy<T>()));
            var place = view.SubView(start, part.Length);
            var bytes = MemoryMarshal.AsBytes(part);
            if (isLocked)
            {
                place.Buffer.CopyFromLockedHost(stream, bytes, place.IndexInBytes);
            }
            else
            {
                place.Buffer.CopyFromHost(stream, bytes, place.IndexInBytes);
            }

            start += part.Length;
        }
    }

    private static void CopyTo<T>(ArrayView<T> view, AcceleratorStream stream, Span<T> span, bool isLocked)
        where T : unmanaged
    {
        ViewErrors.CheckRange(nameof(CopyToCPU), 0, span.Length, view.Length);
        for (var start = 0; start < span.Length;)
        {
            var part = span.Slice(start, Math.Min(span.Length - start, MaxElementsPerCopy<T>()));
            var place = view.SubView(start, part.Length);
            var bytes = MemoryMarshal.AsBytes(part);
            if (isLocked)
            {
                place.Buffer.CopyToLockedHost(stream, bytes, place.IndexInBytes);
            }
            else
            {
                place.Buffer.CopyToHost(stream, bytes, place.IndexInBytes);
            }

            start += part.Length;
        }
    }

    /// <summary>A span of elements can have more bytes than a span of bytes may.</summary>
    private static int MaxElementsPerCopy<T>() => int.MaxValue / Unsafe.SizeOf<T>();
}
