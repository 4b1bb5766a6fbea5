using System.Runtime.CompilerServices;
using ILGPU.Frontend;

namespace ILGPU.Runtime;

/// <content>Allocation of buffers. A length of zero gives a buffer without memory.</content>
public abstract partial class Accelerator
{
    /// <summary>Memory for <paramref name="length"/> elements of <paramref name="elementSize"/> bytes, without a shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or the size not positive.</exception>
    public MemoryBuffer AllocateRaw(long length, int elementSize)
    {
        ThrowIfDisposed();
        if (length < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(length), $"Allocate: expected a length of at least 0; got {length}.");
        }

        if (elementSize < 1 || length > long.MaxValue / elementSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(elementSize),
                $"Allocate: expected a size that fits 64 bits; got {length} elements of {elementSize} bytes.");
        }

        return AllocateCore(length, elementSize);
    }

    /// <summary>A buffer of <paramref name="length"/> elements.</summary>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged => Allocate1D<T, Stride1D.Dense>(length, default);

    /// <summary>A buffer with the content of an array.</summary>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(T[] data)
        where T : unmanaged => Allocate1D(DefaultStream, data);

    /// <inheritdoc cref="Allocate1D{T}(T[])"/>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(AcceleratorStream stream, T[] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        var buffer = Allocate1D<T>(data.LongLength);
        buffer.CopyFromCPU(stream, data);
        return buffer;
    }

    /// <summary>A buffer of an extent with any stride.</summary>
    public MemoryBuffer1D<T, TStride> Allocate1D<T, TStride>(LongIndex1D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride1D =>
        new(AllocateElements<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A buffer with X contiguous.</summary>
    public MemoryBuffer2D<T, Stride2D.DenseX> Allocate2DDenseX<T>(LongIndex2D extent)
        where T : unmanaged => Allocate2D<T, Stride2D.DenseX>(extent, Stride2D.DenseX.Of(extent));

    /// <summary>A buffer with X contiguous and the content of an array, whose indices are [x, y].</summary>
    public MemoryBuffer2D<T, Stride2D.DenseX> Allocate2DDenseX<T>(T[,] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        var buffer = Allocate2DDenseX<T>((data.GetLength(0), data.GetLength(1)));
        buffer.CopyFromCPU(data);
        return buffer;
    }

    /// <summary>A buffer with Y contiguous: rows of a matrix, where X is the row.</summary>
    public MemoryBuffer2D<T, Stride2D.DenseY> Allocate2DDenseY<T>(LongIndex2D extent)
        where T : unmanaged => Allocate2D<T, Stride2D.DenseY>(extent, Stride2D.DenseY.Of(extent));

    /// <summary>A buffer with Y contiguous and the content of an array, whose indices are [x, y].</summary>
    public MemoryBuffer2D<T, Stride2D.DenseY> Allocate2DDenseY<T>(T[,] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        var buffer = Allocate2DDenseY<T>((data.GetLength(0), data.GetLength(1)));
        buffer.CopyFromCPU(data);
        return buffer;
    }

    /// <inheritdoc cref="Allocate1D{T, TStride}(LongIndex1D, TStride)"/>
    public MemoryBuffer2D<T, TStride> Allocate2D<T, TStride>(LongIndex2D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D =>
        new(AllocateElements<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A buffer with X contiguous, then Y, then Z.</summary>
    public MemoryBuffer3D<T, Stride3D.DenseXY> Allocate3DDenseXY<T>(LongIndex3D extent)
        where T : unmanaged => Allocate3D<T, Stride3D.DenseXY>(extent, Stride3D.DenseXY.Of(extent));

    /// <summary>A buffer with Z contiguous, then Y, then X.</summary>
    public MemoryBuffer3D<T, Stride3D.DenseZY> Allocate3DDenseZY<T>(LongIndex3D extent)
        where T : unmanaged => Allocate3D<T, Stride3D.DenseZY>(extent, Stride3D.DenseZY.Of(extent));

    /// <inheritdoc cref="Allocate1D{T, TStride}(LongIndex1D, TStride)"/>
    public MemoryBuffer3D<T, TStride> Allocate3D<T, TStride>(LongIndex3D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride3D =>
        new(AllocateElements<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>An array of the host that copies of this accelerator can read and write on their own.</summary>
    public PageLockedArray1D<T> AllocatePageLocked1D<T>(long length)
        where T : unmanaged
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new(this, length);
    }

    /// <summary>Keeps an array in its place until the scope is disposed.</summary>
    public PageLockScope<T> CreatePageLockFromPinned<T>(T[] pinned)
        where T : unmanaged
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(pinned);
        return new(this, pinned);
    }

    private MemoryBuffer AllocateElements<T>(long length)
    {
        ElementTypes.Check(typeof(T), "Allocate");
        return AllocateRaw(length, Unsafe.SizeOf<T>());
    }
}
