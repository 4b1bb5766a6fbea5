using System.Collections.Immutable;

namespace IlgpuVq.Models.Safetensors;

/// <summary>One tensor of a file, as its header describes it. A scalar has no dimensions; a dimension may be 0.</summary>
/// <param name="Name">The key in the header.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, outermost first; the elements lie row-major.</param>
/// <param name="Begin">Offset of the first byte, counted from the start of the data.</param>
/// <param name="End">Offset behind the last byte, counted from the start of the data.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, ImmutableArray<long> Shape, long Begin, long End)
    : TensorEntry(Name, Type, Shape)
{
    /// <summary>Bytes that the elements take.</summary>
    public long ByteLength => End - Begin;
}
