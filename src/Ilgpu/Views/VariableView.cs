using System.Runtime.CompilerServices;

namespace ILGPU;

/// <summary>A view of one element, from which fields of a structure can be addressed.</summary>
public readonly struct VariableView<T>(ArrayView<T> baseView)
    where T : unmanaged
{
    public ArrayView<T> BaseView { get; } = baseView.SubView(0, 1);

    /// <summary>The element, for reading and writing.</summary>
    public ref T Value => ref BaseView[0];

    /// <summary>
    /// The field of type <typeparamref name="TOther"/> that starts <paramref name="offsetInBytes"/> into the element.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The field does not lie within the element.</exception>
    public VariableView<TOther> SubView<TOther>(int offsetInBytes)
        where TOther : unmanaged =>
        new(BaseView.Cast<byte>().SubView(offsetInBytes, Unsafe.SizeOf<TOther>()).Cast<TOther>());
}
