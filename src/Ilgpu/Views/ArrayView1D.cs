using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>A one-dimensional view whose stride is part of its type.</summary>
/// <remarks>It is checked once, when made, that every index of the extent lies in the memory; an access then checks the index
/// alone.</remarks>
public readonly struct ArrayView1D<T, TStride> : IContiguousArrayView<T>, IMemoryView
    where T : unmanaged
    where TStride : struct, IStride1D
{
    /// <exception cref="ArgumentOutOfRangeException">The extent does not fit the memory with this stride.</exception>
    public ArrayView1D(ArrayView<T> baseView, LongIndex1D extent, TStride stride)
    {
        ViewErrors.CheckExtent(extent, stride.ComputeBufferLength(extent), baseView.Length);
        BaseView = baseView;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex1D Extent { get; }

    public Index1D IntExtent => Extent.ToIntIndex();

    public TStride Stride { get; }

    public MemoryBuffer Buffer => BaseView.Buffer;

    MemoryBuffer? IMemoryView.Owner => BaseView.Owner;

    public long Length => Extent.X;

    /// <exception cref="OverflowException">The length does not fit 32 bits.</exception>
    public int IntLength => checked((int)Length);

    public int ElementSize => BaseView.ElementSize;

    public long LengthInBytes => Length * ElementSize;

    public bool IsValid => BaseView.IsValid;

    public long Index => BaseView.Index;

    public long IndexInBytes => BaseView.IndexInBytes;

    /// <summary>The element at <paramref name="index"/>, for reading and writing.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is outside the extent.</exception>
    public ref T this[LongIndex1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index.X >= (ulong)Extent.X)
            {
                ViewErrors.ThrowIndex(index.X, Extent.X, typeof(T));
            }

            return ref BaseView.Unchecked(Stride.ComputeElementIndex(index));
        }
    }

    /// <inheritdoc cref="this[LongIndex1D]"/>
    public ref T this[Index1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex1D(index.X)];
    }

    /// <inheritdoc cref="this[LongIndex1D]"/>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex1D(index)];
    }

    /// <inheritdoc cref="this[LongIndex1D]"/>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[new LongIndex1D(index)];
    }

    /// <summary>The elements from <paramref name="index"/> on, with the same stride.</summary>
    public ArrayView1D<T, TStride> SubView(LongIndex1D index) => SubView(index, Extent - index);

    /// <summary><paramref name="extent"/> elements from <paramref name="index"/> on, with the same stride.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within this view.</exception>
    public ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent)
    {
        ViewErrors.CheckRange(nameof(SubView), index, extent, Length);
        var length = Stride.ComputeBufferLength(extent);
        var start = Math.Min(Stride.ComputeElementIndex(index), BaseView.Length - length);
        return new(BaseView.SubView(start, length), extent, Stride);
    }

    public ArrayView1D<T, Stride1D.General> AsGeneral() => new(BaseView, Extent, Stride.AsGeneral());

    /// <summary>The same memory with another general stride, and as many elements as then fit.</summary>
    public ArrayView1D<T, Stride1D.General> AsGeneral(Stride1D.General stride) =>
        new(BaseView, stride.XStride > 0 ? (BaseView.Length + stride.XStride - 1) / stride.XStride : Extent, stride);

    /// <summary>The memory of this view as a plain view, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;

    public ArrayView<byte> AsRawArrayView() => BaseView.AsRawArrayView();

    public override string ToString() => $"ArrayView1D<{typeof(T).Name}, {typeof(TStride).Name}>[{Extent}]";
}
