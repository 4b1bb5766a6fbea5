using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Memory of the host that does not move, so that an accelerator can copy from and to it on its own.</summary>
public class PageLockScope<T> : AcceleratorObject
    where T : unmanaged
{
    private readonly IDisposable? pages;
    private GCHandle pin;

    internal PageLockScope(Accelerator accelerator, T[] data)
        : base(accelerator)
    {
        Data = data;
        pin = GCHandle.Alloc(data, GCHandleType.Pinned);
        try
        {
            pages = accelerator.LockPages(pin.AddrOfPinnedObject(), LengthInBytes);
        }
        catch
        {
            pin.Free();
            throw;
        }
    }

    public long Length => Data.LongLength;

    public long LengthInBytes => Length * Unsafe.SizeOf<T>();

    /// <summary>The address of the first element.</summary>
    public nint AddrOfLockedObject
    {
        get
        {
            ThrowIfDisposed();
            return pin.AddrOfPinnedObject();
        }
    }

    /// <summary>The elements.</summary>
    internal T[] Data { get; }

    /// <summary>Whether the accelerator copies from and to the memory on its own; else its copies wait.</summary>
    internal bool IsLocked => pages is not null;

    private protected override void DisposeCore(bool disposing)
    {
        pages?.Dispose();
        pin.Free();
    }
}

/// <summary>An array of the host that does not move.</summary>
public sealed class PageLockedArray1D<T> : PageLockScope<T>
    where T : unmanaged
{
    internal PageLockedArray1D(Accelerator accelerator, long length)
        : base(accelerator, new T[length])
    {
    }

    public LongIndex1D Extent => Length;

    public Span<T> Span => Data;

    public ref T this[Index1D index] => ref Data[index.X];

    public ref T this[LongIndex1D index] => ref Data[index.X];

    /// <summary>The array itself; what is written to it is written to the locked memory.</summary>
    public T[] GetArray() => Data;
}
