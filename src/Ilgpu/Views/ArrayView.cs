using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU;

/// <summary>A window on contiguous elements in the memory of an accelerator: the currency between host and kernels.</summary>
/// <remarks>
/// <para>Every access is checked against the length; outside it, <see cref="IndexOutOfRangeException"/> names the kernel, the
/// index and the length, and the launch reports it as <see cref="AcceleratorException"/>.</para>
/// <para>A view does not keep its memory alive. Launches and copies refuse a view of a disposed buffer; reading one element on
/// the host is not checked for that.</para>
/// <para>Memory that the host cannot address has <see cref="MemoryBuffer.DeviceBaseAddress"/> in place of an address, which is
/// negative, as no address of the host is: positions in it work as in any other, accesses from the host are refused.</para>
/// </remarks>
public readonly unsafe struct ArrayView<T> : IContiguousArrayView<T>, IMemoryView, IEquatable<ArrayView<T>>
    where T : unmanaged
{
    private readonly MemoryBuffer? owner;
    private readonly nint address;

    /// <param name="source">The buffer to view.</param>
    /// <param name="index">The first element, counted in elements of <typeparamref name="T"/>.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the buffer.</exception>
    public ArrayView(MemoryBuffer source, long index, long length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ViewErrors.CheckRange(nameof(ArrayView<T>), index, length, source.LengthInBytes / sizeof(T));
        owner = source;
        address = source.BaseAddress + checked((nint)(index * sizeof(T)));
        Length = length;
    }

    internal ArrayView(MemoryBuffer? owner, nint address, long length)
    {
        this.owner = owner;
        this.address = address;
        Length = length;
    }

    /// <summary>A view without elements.</summary>
    public static ArrayView<T> Empty => default;

    public MemoryBuffer Buffer => owner ?? throw ViewErrors.NoBuffer();

    public long Length { get; }

    /// <exception cref="OverflowException">The length does not fit 32 bits.</exception>
    public int IntLength => checked((int)Length);

    public LongIndex1D Extent => Length;

    public Index1D IntExtent => IntLength;

    public int ElementSize => sizeof(T);

    public long LengthInBytes => Length * sizeof(T);

    public bool IsValid => owner is not null || address != 0;

    public long Index => IndexInBytes / sizeof(T);

    public long IndexInBytes => address - Buffer.BaseAddress;

    public ArrayView<T> BaseView => this;

    internal MemoryBuffer? Owner => owner;

    MemoryBuffer? IMemoryView.Owner => owner;

    /// <summary>The element at <paramref name="index"/>, for reading and writing.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is negative, or not below <see cref="Length"/>.</exception>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length)
            {
                ViewErrors.ThrowIndex(index, Length, typeof(T));
            }

            return ref Unchecked(index);
        }
    }

    /// <inheritdoc cref="this[long]"/>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[(long)index];
    }

    /// <inheritdoc cref="this[long]"/>
    public ref T this[Index1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[(long)index.X];
    }

    /// <inheritdoc cref="this[long]"/>
    public ref T this[LongIndex1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[index.X];
    }

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) => new(view, view.Length, default);

    public static bool operator ==(ArrayView<T> left, ArrayView<T> right) => left.Equals(right);

    public static bool operator !=(ArrayView<T> left, ArrayView<T> right) => !left.Equals(right);

    /// <summary>The elements from <paramref name="index"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not in [0, Length].</exception>
    public ArrayView<T> SubView(long index) => SubView(index, Length - index);

    /// <summary><paramref name="length"/> elements from <paramref name="index"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within this view.</exception>
    public ArrayView<T> SubView(long index, long length)
    {
        ViewErrors.CheckRange(nameof(SubView), index, length, Length);
        return new ArrayView<T>(owner, address + (nint)(index * sizeof(T)), length);
    }

    /// <summary>The same bytes as elements of another type; a rest that does not fill an element is left out.</summary>
    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new(owner, address, LengthInBytes / sizeof(TOther));

    public ArrayView<byte> AsRawArrayView() => Cast<byte>();

    /// <summary>Itself; defined for symmetry with strided views.</summary>
    public ArrayView<T> AsContiguous() => this;

    public ArrayView1D<T, Stride1D.General> AsGeneral() => new(this, Length, new Stride1D.General(1));

    public ArrayView1D<T, Stride1D.Dense> AsDense() => this;

    /// <summary>The address of the first element in the address space of the accelerator.</summary>
    public nint LoadEffectiveAddressAsPtr() => address;

    /// <inheritdoc cref="LoadEffectiveAddressAsPtr"/>
    public ref byte LoadEffectiveAddress() => ref Unsafe.AsRef<byte>((void*)address);

    /// <summary>The element at an index that is known to be in range.</summary>
    /// <exception cref="InvalidOperationException">The memory is that of a device, which the host cannot address.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T Unchecked(long index)
    {
        if (address < 0)
        {
            ViewErrors.ThrowDeviceMemory(owner, typeof(T));
        }

        return ref Unsafe.Add(ref Unsafe.AsRef<T>((void*)address), (nint)index);
    }

    public bool Equals(ArrayView<T> other) => owner == other.owner && address == other.address && Length == other.Length;

    public override bool Equals(object? obj) => obj is ArrayView<T> other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(address, Length);

    public override string ToString() => $"ArrayView<{typeof(T).Name}>[{Length}]";
}
