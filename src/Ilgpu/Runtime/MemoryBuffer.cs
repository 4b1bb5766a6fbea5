using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>
/// Memory of an accelerator, owned by whoever allocated it and freed by <see cref="AcceleratorObject.Dispose()"/>.
/// </summary>
public abstract class MemoryBuffer : AcceleratorObject
{
    /// <summary>The <see cref="BaseAddress"/> of memory that the host cannot address.</summary>
    internal const long DeviceBaseAddress = long.MinValue;

    private protected MemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator)
    {
        Length = length;
        ElementSize = elementSize;
    }

    /// <summary>The number of elements that the memory has room for, gaps of strides included.</summary>
    public long Length { get; }

    public int ElementSize { get; }

    public long LengthInBytes => Length * ElementSize;

    /// <summary>The handle of the memory, or zero where it is empty or freed.</summary>
    public abstract nint NativePtr { get; }

    /// <summary>The address that views of this buffer start from.</summary>
    internal virtual nint BaseAddress => NativePtr;

    /// <summary>A view of <paramref name="length"/> elements from <paramref name="offset"/> on.</summary>
    public ArrayView<T> AsArrayView<T>(long offset, long length)
        where T : unmanaged
    {
        ThrowIfDisposed();
        return new ArrayView<T>(this, offset, length);
    }

    public ArrayView<byte> AsRawArrayView() => AsArrayView<byte>(0, LengthInBytes);

    public ArrayView<byte> AsRawArrayView(long offsetInBytes) => AsRawArrayView(offsetInBytes, LengthInBytes - offsetInBytes);

    public ArrayView<byte> AsRawArrayView(long offsetInBytes, long lengthInBytes) =>
        AsArrayView<byte>(offsetInBytes, lengthInBytes);

    /// <summary>Sets every byte to zero.</summary>
    public void MemSetToZero() => MemSet(Accelerator.DefaultStream, 0, 0, LengthInBytes);

    /// <inheritdoc cref="MemSetToZero()"/>
    public void MemSetToZero(AcceleratorStream stream) => MemSet(stream, 0, 0, LengthInBytes);

    /// <summary>Sets every byte to <paramref name="value"/>.</summary>
    public void MemSet(byte value) => MemSet(Accelerator.DefaultStream, value, 0, LengthInBytes);

    /// <inheritdoc cref="MemSet(byte)"/>
    public void MemSet(AcceleratorStream stream, byte value) => MemSet(stream, value, 0, LengthInBytes);

    /// <summary>Sets a range of bytes to <paramref name="value"/>.</summary>
    public void MemSet(AcceleratorStream stream, byte value, long targetOffsetInBytes, long length)
    {
        CheckAccess(stream, nameof(MemSet), targetOffsetInBytes, length);
        if (length > 0)
        {
            MemSetCore(stream, value, targetOffsetInBytes, length);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies bytes of the host into this buffer; they may be reused at once.</summary>
    internal void CopyFromHost(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffsetInBytes)
    {
        CheckAccess(stream, "CopyFromCPU", targetOffsetInBytes, source.Length);
        if (source.Length > 0)
        {
            CopyFromHostCore(stream, source, targetOffsetInBytes);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies bytes of this buffer to the host; they are there at once.</summary>
    internal void CopyToHost(AcceleratorStream stream, Span<byte> target, long sourceOffsetInBytes)
    {
        CheckAccess(stream, "CopyToCPU", sourceOffsetInBytes, target.Length);
        if (target.Length > 0)
        {
            CopyToHostCore(stream, target, sourceOffsetInBytes);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies page-locked bytes of the host into this buffer; they may be reused when the stream has come to it.</summary>
    internal void CopyFromLockedHost(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffsetInBytes)
    {
        CheckAccess(stream, "CopyFromPageLocked", targetOffsetInBytes, source.Length);
        if (source.Length > 0)
        {
            CopyFromLockedHostCore(stream, source, targetOffsetInBytes);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies bytes of this buffer to page-locked memory of the host; they are there when the stream has come to it.</summary>
    internal void CopyToLockedHost(AcceleratorStream stream, Span<byte> target, long sourceOffsetInBytes)
    {
        CheckAccess(stream, "CopyToPageLocked", sourceOffsetInBytes, target.Length);
        if (target.Length > 0)
        {
            CopyToLockedHostCore(stream, target, sourceOffsetInBytes);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies bytes from another buffer of the same accelerator; the ranges may overlap.</summary>
    internal void CopyFromBuffer(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffsetInBytes,
        long targetOffsetInBytes,
        long lengthInBytes)
    {
        if (source.Accelerator != Accelerator)
        {
            throw new ArgumentException(
                $"CopyTo: expected two buffers of one accelerator; got {source.Accelerator.Name} and {Accelerator.Name}. " +
                "Copy through host memory.",
                nameof(source));
        }

        CheckAccess(stream, "CopyTo", targetOffsetInBytes, lengthInBytes);
        source.CheckAccess(stream, "CopyTo", sourceOffsetInBytes, lengthInBytes);
        if (lengthInBytes > 0)
        {
            CopyFromBufferCore(stream, source, sourceOffsetInBytes, targetOffsetInBytes, lengthInBytes);
            GC.KeepAlive(source);
            GC.KeepAlive(this);
        }
    }

    private protected abstract void MemSetCore(AcceleratorStream stream, byte value, long offset, long length);

    private protected abstract void CopyFromHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset);

    private protected abstract void CopyToHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset);

    private protected virtual void CopyFromLockedHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset) =>
        CopyFromHostCore(stream, source, targetOffset);

    private protected virtual void CopyToLockedHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset) =>
        CopyToHostCore(stream, target, sourceOffset);

    private protected abstract void CopyFromBufferCore(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffset,
        long targetOffset,
        long length);

    /// <summary>The buffer that holds the memory, where this one only gives it a shape.</summary>
    internal virtual MemoryBuffer Storage => this;

    private void CheckAccess(AcceleratorStream stream, string operation, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ThrowIfDisposed();
        stream.ThrowIfDisposed();
        ViewErrors.CheckRange(operation, offset, length, LengthInBytes);
    }
}

/// <summary>Memory of an accelerator together with the view that gives it a shape.</summary>
public abstract class MemoryBuffer<TView> : MemoryBuffer
    where TView : struct, IArrayView
{
    private readonly MemoryBuffer storage;
    private readonly TView view;

    private protected MemoryBuffer(MemoryBuffer storage, TView view)
        : base(storage.Accelerator, storage.Length, storage.ElementSize)
    {
        this.storage = storage;
        this.view = view;
    }

    /// <summary>All elements.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public TView View
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ThrowIfDisposed();
            return view;
        }
    }

    public override nint NativePtr => storage.NativePtr;

    internal override nint BaseAddress => storage.BaseAddress;

    internal override MemoryBuffer Storage => storage;

    private protected override void MemSetCore(AcceleratorStream stream, byte value, long offset, long length) =>
        storage.MemSet(stream, value, offset, length);

    private protected override void CopyFromHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset) =>
        storage.CopyFromHost(stream, source, targetOffset);

    private protected override void CopyToHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset) =>
        storage.CopyToHost(stream, target, sourceOffset);

    private protected override void CopyFromLockedHostCore(
        AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset) =>
        storage.CopyFromLockedHost(stream, source, targetOffset);

    private protected override void CopyToLockedHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset) =>
        storage.CopyToLockedHost(stream, target, sourceOffset);

    private protected override void CopyFromBufferCore(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffset,
        long targetOffset,
        long length) =>
        storage.CopyFromBuffer(stream, source.Storage, sourceOffset, targetOffset, length);

    private protected override void DisposeCore(bool disposing)
    {
        if (disposing)
        {
            storage.Dispose();
        }
    }
}
