using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace IlgpuVq.Models.Safetensors;

/// <summary>A tensor to be written: its header entry, and how to write its bytes.</summary>
public sealed class TensorData
{
    private const int PieceElements = 1 << 16;

    /// <summary>A tensor whose bytes a callback writes, in pieces of any size: row-major and little-endian.</summary>
    /// <exception cref="SafetensorsException">A dimension is negative, or their product in bits overflows 64 bits.</exception>
    public TensorData(string name, SafetensorsType type, IEnumerable<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(write);
        Name = name;
        Type = type;
        Shape = [.. shape];
        Write = write;
        ByteLength = type.TryByteLength(Shape.AsSpan(), out var bytes) && bytes <= long.MaxValue
            ? (long)bytes
            : throw SafetensorsWriter.Refuse(
                $"a shape of fewer than 2^63 bytes for tensor {SafetensorsException.Quote(name)}", Format(Shape));
    }

    public string Name { get; }

    public SafetensorsType Type { get; }

    public ImmutableArray<long> Shape { get; }

    /// <summary>Bytes that <see cref="Write"/> must write, no more and no fewer.</summary>
    public long ByteLength { get; }

    /// <summary>Writes the bytes; called once for each file.</summary>
    public Action<Stream> Write { get; }

    /// <summary>A float32 tensor from memory.</summary>
    public static TensorData OfFloats(string name, IEnumerable<long> shape, ReadOnlyMemory<float> values) =>
        OfElements(name, SafetensorsType.F32, shape, values);

    /// <summary>An int32 tensor from memory.</summary>
    public static TensorData OfInts(string name, IEnumerable<long> shape, ReadOnlyMemory<int> values) =>
        OfElements(name, SafetensorsType.I32, shape, values);

    /// <summary>An int64 tensor from memory.</summary>
    public static TensorData OfLongs(string name, IEnumerable<long> shape, ReadOnlyMemory<long> values) =>
        OfElements(name, SafetensorsType.I64, shape, values);

    /// <summary>A tensor of any type, its bytes as they go into the file: row-major and little-endian.</summary>
    public static TensorData OfBytes(string name, SafetensorsType type, IEnumerable<long> shape, ReadOnlyMemory<byte> bytes)
    {
        var tensor = new TensorData(name, type, shape, stream => stream.Write(bytes.Span));
        return CheckLength(tensor, bytes.Length);
    }

    private static TensorData OfElements<T>(string name, SafetensorsType type, IEnumerable<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        var tensor = new TensorData(name, type, shape, stream => WriteElements(stream, values.Span, type.ByteSize()));
        return CheckLength(tensor, (long)values.Length * type.ByteSize());
    }

    private static TensorData CheckLength(TensorData tensor, long length) => tensor.ByteLength == length
        ? tensor
        : throw SafetensorsWriter.Refuse(
            $"{tensor.ByteLength} bytes for tensor {SafetensorsException.Quote(tensor.Name)} of shape {Format(tensor.Shape)}",
            $"{length}");

    private static void WriteElements<T>(Stream stream, ReadOnlySpan<T> values, int byteSize)
        where T : unmanaged
    {
        for (var done = 0; done < values.Length; done += PieceElements)
        {
            var piece = MemoryMarshal.AsBytes(values.Slice(done, Math.Min(PieceElements, values.Length - done)));
            if (BitConverter.IsLittleEndian)
            {
                stream.Write(piece);
                continue;
            }

            var ordered = piece.ToArray();
            SafetensorsConversion.OrderBytes(ordered, byteSize);
            stream.Write(ordered);
        }
    }

    private static string Format(ImmutableArray<long> shape) => SafetensorsException.Format(shape.AsSpan());
}
