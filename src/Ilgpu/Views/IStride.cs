namespace ILGPU;

/// <summary>How an index of a view becomes the position of an element in memory.</summary>
/// <typeparam name="TIndex">The 32-bit index.</typeparam>
/// <typeparam name="TLongIndex">The 64-bit index.</typeparam>
public interface IStride<TIndex, TLongIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
{
    /// <summary>The distances between neighbours along each axis, in elements.</summary>
    TIndex StrideExtent { get; }

    int ComputeElementIndex(TIndex index);

    long ComputeElementIndex(TLongIndex index);

    /// <summary>The number of elements that a buffer needs for every index below <paramref name="extent"/>.</summary>
    long ComputeBufferLength(TLongIndex extent);
}

public interface IStride1D : IStride<Index1D, LongIndex1D>
{
    int XStride { get; }

    Stride1D.General AsGeneral();
}

public interface IStride2D : IStride<Index2D, LongIndex2D>
{
    int XStride { get; }

    int YStride { get; }

    Stride2D.General AsGeneral();
}

public interface IStride3D : IStride<Index3D, LongIndex3D>
{
    int XStride { get; }

    int YStride { get; }

    int ZStride { get; }

    Stride3D.General AsGeneral();
}
