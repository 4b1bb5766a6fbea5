using System.Collections.Immutable;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Models;

/// <summary>One tensor of a file. A scalar has no dimensions; a dimension may be 0.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
public record TensorEntry(string Name, SafetensorsType Type, ImmutableArray<long> Shape)
{
    /// <summary>Number of elements: the product of the dimensions.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    public sealed override string ToString() =>
        $"{SafetensorsException.Quote(Name)} {Type} {SafetensorsException.Format(Shape.AsSpan())}";
}

/// <summary>Tensors by name in a file of any format: the list is known when it is open, numbers are read when asked
/// for.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>All of them, each name once.</summary>
    IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>The tensor of that name, or null.</summary>
    TensorEntry? Find(string name);

    /// <summary>Reads all elements of a tensor, row-major, as float32: rounded to the nearest where they are not.</summary>
    void ReadFloats(string name, Span<float> destination);

    /// <summary>Reads all elements of a tensor of whole numbers, row-major, as int32.</summary>
    void ReadInts(string name, Span<int> destination);
}
