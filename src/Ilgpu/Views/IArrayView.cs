namespace ILGPU.Runtime;

/// <summary>A window on the memory of an accelerator.</summary>
public interface IArrayView
{
    /// <summary>The buffer that owns the memory.</summary>
    /// <exception cref="InvalidOperationException">The view is empty, or is one of shared or local memory.</exception>
    MemoryBuffer Buffer { get; }

    /// <summary>The number of elements, gaps between them not counted.</summary>
    long Length { get; }

    int ElementSize { get; }

    long LengthInBytes { get; }

    /// <summary>False for a default value, which views nothing.</summary>
    bool IsValid { get; }
}

/// <summary>A view whose memory is one run of bytes.</summary>
public interface IContiguousArrayView : IArrayView
{
    /// <summary>The position of the first element within its buffer, in elements.</summary>
    long Index { get; }

    long IndexInBytes { get; }

    ArrayView<byte> AsRawArrayView();
}

/// <summary>A view whose memory is one run of elements.</summary>
public interface IContiguousArrayView<T> : IContiguousArrayView
    where T : unmanaged
{
    /// <summary>The memory as a plain view; of a strided view this includes the gaps.</summary>
    ArrayView<T> BaseView { get; }
}

/// <summary>A view as launches see it.</summary>
internal interface IMemoryView
{
    /// <summary>The buffer that owns the memory, if a buffer does.</summary>
    MemoryBuffer? Owner { get; }
}
