namespace ILGPU;

/// <summary>The number of dimensions of an index and the width of its components.</summary>
public enum IndexType
{
    None,
    Index1D,
    Index2D,
    Index3D,
    LongIndex1D,
    LongIndex2D,
    LongIndex3D,
    KernelConfig,
}

/// <summary>An index or an extent of one to three dimensions.</summary>
public interface IIndex
{
    IndexType IndexType { get; }

    /// <summary>The number of elements of an index space with this extent: the product of the components.</summary>
    long Size { get; }
}

/// <summary>An index that can be compared with others of its own type.</summary>
public interface IGenericIndex<TIndex> : IIndex, IEquatable<TIndex>
    where TIndex : struct, IGenericIndex<TIndex>
{
    /// <summary>True if every component is at least zero and below that of <paramref name="dimension"/>.</summary>
    bool InBounds(TIndex dimension);

    /// <summary>True if every component is at least zero and at most that of <paramref name="dimension"/>.</summary>
    bool InBoundsInclusive(TIndex dimension);

    TIndex Add(TIndex rhs);

    TIndex Subtract(TIndex rhs);
}

/// <summary>An index of 32-bit components.</summary>
public interface IIntIndex<TIndex, TLongIndex> : IGenericIndex<TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
{
    TLongIndex ToLongIndex();
}

/// <summary>An index of 64-bit components.</summary>
public interface ILongIndex<TIndex, TIntIndex> : IGenericIndex<TIndex>
    where TIndex : struct, ILongIndex<TIndex, TIntIndex>
    where TIntIndex : struct, IIntIndex<TIntIndex, TIndex>
{
    /// <exception cref="OverflowException">A component does not fit 32 bits.</exception>
    TIntIndex ToIntIndex();
}
