using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>A three-dimensional view whose stride is part of its type.</summary>
/// <remarks>It is checked once, when made, that every index of the extent lies in the memory; an access then checks the index
/// alone.</remarks>
public readonly struct ArrayView3D<T, TStride> : IContiguousArrayView<T>, IMemoryView
    where T : unmanaged
    where TStride : struct, IStride3D
{
    /// <exception cref="ArgumentOutOfRangeException">The extent does not fit the memory with this stride.</exception>
    public ArrayView3D(ArrayView<T> baseView, LongIndex3D extent, TStride stride)
    {
        ViewErrors.CheckExtent(extent, stride.ComputeBufferLength(extent), baseView.Length);
        BaseView = baseView;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex3D Extent { get; }

    public Index3D IntExtent => Extent.ToIntIndex();

    public TStride Stride { get; }

    public MemoryBuffer Buffer => BaseView.Buffer;

    MemoryBuffer? IMemoryView.Owner => BaseView.Owner;

    public long Length => Extent.Size;

    /// <exception cref="OverflowException">The length does not fit 32 bits.</exception>
    public int IntLength => checked((int)Length);

    public int ElementSize => BaseView.ElementSize;

    public long LengthInBytes => Length * ElementSize;

    public bool IsValid => BaseView.IsValid;

    public long Index => BaseView.Index;

    public long IndexInBytes => BaseView.IndexInBytes;

    /// <summary>The element at <paramref name="index"/>, for reading and writing.</summary>
    /// <exception cref="IndexOutOfRangeException">A component is outside the extent.</exception>
    public ref T this[LongIndex3D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index.X >= (ulong)Extent.X || (ulong)index.Y >= (ulong)Extent.Y ||
                (ulong)index.Z >= (ulong)Extent.Z)
            {
                ViewErrors.ThrowIndex(index, Extent, typeof(T));
            }

            return ref BaseView.Unchecked(Stride.ComputeElementIndex(index));
        }
    }

    /// <inheritdoc cref="this[LongIndex3D]"/>
    public ref T this[Index3D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex3D(index.X, index.Y, index.Z)];
    }

    /// <inheritdoc cref="this[LongIndex3D]"/>
    public ref T this[int x, int y, int z]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex3D(x, y, z)];
    }

    /// <inheritdoc cref="this[LongIndex3D]"/>
    public ref T this[long x, long y, long z]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex3D(x, y, z)];
    }

    /// <summary>The window of <paramref name="extent"/> elements at <paramref name="index"/>, with the same stride.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The window does not lie within this view.</exception>
    public ArrayView3D<T, TStride> SubView(LongIndex3D index, LongIndex3D extent)
    {
        ViewErrors.CheckRange("SubView along X", index.X, extent.X, Extent.X);
        ViewErrors.CheckRange("SubView along Y", index.Y, extent.Y, Extent.Y);
        ViewErrors.CheckRange("SubView along Z", index.Z, extent.Z, Extent.Z);
        var length = Stride.ComputeBufferLength(extent);
        var start = length == 0 ? 0 : Stride.ComputeElementIndex(index);
        return new(BaseView.SubView(start, length), extent, Stride);
    }

    public ArrayView3D<T, Stride3D.General> AsGeneral() => new(BaseView, Extent, Stride.AsGeneral());

    /// <summary>The memory of this view as a plain view, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;

    public ArrayView<byte> AsRawArrayView() => BaseView.AsRawArrayView();

    public override string ToString() => $"ArrayView3D<{typeof(T).Name}, {typeof(TStride).Name}>{Extent}";
}
