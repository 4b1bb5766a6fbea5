using System.Runtime.CompilerServices;

namespace ILGPU;

/// <summary>The dynamic shared memory that each group of a launch gets.</summary>
public readonly struct SharedMemoryConfig : IEquatable<SharedMemoryConfig>
{
    private SharedMemoryConfig(int numElements, int elementSize)
    {
        NumElements = numElements;
        ElementSize = elementSize;
    }

    /// <summary>No dynamic shared memory.</summary>
    public static SharedMemoryConfig Empty => default;

    public int NumElements { get; }

    public int ElementSize { get; }

    /// <summary>The size in bytes.</summary>
    public int ArraySize => NumElements * ElementSize;

    public bool UsesDynamicSharedMemory => ArraySize > 0;

    /// <summary>Room for <paramref name="numElements"/> elements.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative, or their size does not fit 32 bits.</exception>
    public static SharedMemoryConfig RequestDynamic<T>(int numElements)
        where T : unmanaged => numElements >= 0 && numElements <= int.MaxValue / Unsafe.SizeOf<T>()
        ? new(numElements, Unsafe.SizeOf<T>())
        : throw new ArgumentOutOfRangeException(
            nameof(numElements),
            $"RequestDynamic: expected a number of elements in [0, {int.MaxValue / Unsafe.SizeOf<T>()}]; got {numElements}.");

    public static bool operator ==(SharedMemoryConfig left, SharedMemoryConfig right) => left.Equals(right);

    public static bool operator !=(SharedMemoryConfig left, SharedMemoryConfig right) => !left.Equals(right);

    public bool Equals(SharedMemoryConfig other) => NumElements == other.NumElements && ElementSize == other.ElementSize;

    public override bool Equals(object? obj) => obj is SharedMemoryConfig other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(NumElements, ElementSize);

    public override string ToString() => $"{NumElements} elements of {ElementSize} bytes";
}
