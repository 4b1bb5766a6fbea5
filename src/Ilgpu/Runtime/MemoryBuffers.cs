namespace ILGPU.Runtime;

/// <summary>A buffer of one dimension.</summary>
public sealed class MemoryBuffer1D<T, TStride> : MemoryBuffer<ArrayView1D<T, TStride>>, IContiguousArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal MemoryBuffer1D(MemoryBuffer storage, LongIndex1D extent, TStride stride)
        : base(storage, new(storage.AsArrayView<T>(0, storage.Length), extent, stride))
    {
    }

    public LongIndex1D Extent => View.Extent;

    public Index1D IntExtent => View.IntExtent;

    public TStride Stride => View.Stride;

    public ArrayView<T> BaseView => View.BaseView;

    MemoryBuffer IArrayView.Buffer => this;

    bool IArrayView.IsValid => !IsDisposed;

    long IContiguousArrayView.Index => 0;

    long IContiguousArrayView.IndexInBytes => 0;

    public static implicit operator ArrayView1D<T, TStride>(MemoryBuffer1D<T, TStride> buffer) => buffer.View;

    /// <summary>The memory as a plain view, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;
}

/// <summary>A buffer of two dimensions.</summary>
public sealed class MemoryBuffer2D<T, TStride> : MemoryBuffer<ArrayView2D<T, TStride>>, IContiguousArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride2D
{
    internal MemoryBuffer2D(MemoryBuffer storage, LongIndex2D extent, TStride stride)
        : base(storage, new(storage.AsArrayView<T>(0, storage.Length), extent, stride))
    {
    }

    public LongIndex2D Extent => View.Extent;

    public Index2D IntExtent => View.IntExtent;

    public TStride Stride => View.Stride;

    public ArrayView<T> BaseView => View.BaseView;

    MemoryBuffer IArrayView.Buffer => this;

    bool IArrayView.IsValid => !IsDisposed;

    long IContiguousArrayView.Index => 0;

    long IContiguousArrayView.IndexInBytes => 0;

    public static implicit operator ArrayView2D<T, TStride>(MemoryBuffer2D<T, TStride> buffer) => buffer.View;

    /// <summary>The memory as a plain view, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;
}

/// <summary>A buffer of three dimensions.</summary>
public sealed class MemoryBuffer3D<T, TStride> : MemoryBuffer<ArrayView3D<T, TStride>>, IContiguousArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride3D
{
    internal MemoryBuffer3D(MemoryBuffer storage, LongIndex3D extent, TStride stride)
        : base(storage, new(storage.AsArrayView<T>(0, storage.Length), extent, stride))
    {
    }

    public LongIndex3D Extent => View.Extent;

    public Index3D IntExtent => View.IntExtent;

    public TStride Stride => View.Stride;

    public ArrayView<T> BaseView => View.BaseView;

    MemoryBuffer IArrayView.Buffer => this;

    bool IArrayView.IsValid => !IsDisposed;

    long IContiguousArrayView.Index => 0;

    long IContiguousArrayView.IndexInBytes => 0;

    public static implicit operator ArrayView3D<T, TStride>(MemoryBuffer3D<T, TStride> buffer) => buffer.View;

    /// <summary>The memory as a plain view, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;
}
