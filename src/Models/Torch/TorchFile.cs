using IlgpuVq.Models.Safetensors;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>A PyTorch checkpoint (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>) open for reading, in the zip form or the older one: what
/// was saved is read at once, the numbers of a tensor when asked for.</summary>
/// <remarks>
/// <para>A tensor is called by the keys on the way to it, with dots between: <c>model.conv.weight</c> is the tensor
/// <c>conv.weight</c> of a state dictionary under <c>model</c>. Numbers and text beside tensors are passed over.</para>
/// <para>Nothing of a file is executed, and whatever is not tensors, numbers, text and containers of them is refused by its
/// name; see <see cref="TorchObjects"/>. A storage is compared with its checksum when it is first read.</para>
/// <para>One thread reads at a time.</para>
/// </remarks>
public sealed class TorchFile : ITensorFile
{
    private static readonly FileKind Kind = new(
        "a PyTorch checkpoint",
        (file, expected, actual, advice, inner) => new TorchException(file, expected, actual, advice, inner));

    private readonly ByteSource source;
    private readonly bool isBigEndian;
    private readonly Dictionary<string, TorchTensor> byName;

    private TorchFile(ByteSource source)
    {
        this.source = source;
        (var root, isBigEndian) = TorchContent.Read(source);
        var tensors = TorchNames.Of(root, source.Name);
        byName = tensors.ToDictionary(StringComparer.Ordinal);
        Tensors = [.. tensors.Select(pair => new TensorEntry(pair.Key, pair.Value.Storage.Type, pair.Value.Shape))];
    }

    /// <summary>The tensors, in the order in which they were saved.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Opens a file and reads all but the numbers.</summary>
    /// <exception cref="TorchException">The file cannot be read, is damaged, or holds what no checkpoint may.</exception>
    public static TorchFile Open(string path) => Open(ByteSource.OpenFile(path, Kind));

    /// <summary>Reads from a stream, which must be able to seek, holds the file from its start, and stays the caller's to
    /// dispose.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="TorchException">The stream cannot be read, is damaged, or holds what no checkpoint may.</exception>
    public static TorchFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(ByteSource.OpenStream(stream, name, Kind));
    }

    /// <summary>The tensor of that name, or null.</summary>
    public TensorEntry? Find(string name) => byName.TryGetValue(name, out var tensor)
        ? new TensorEntry(name, tensor.Storage.Type, tensor.Shape)
        : null;

    /// <summary>Reads all elements of a tensor, row-major, as float32: rounded to the nearest where they are not.</summary>
    /// <exception cref="TorchException">There is no such tensor, it has another number of elements, it is one of truth values,
    /// or the file cannot be read or is damaged.</exception>
    public void ReadFloats(string name, Span<float> destination)
    {
        var tensor = Require(name, destination.Length);
        var type = tensor.Storage.Type;
        if (!type.HasFloats())
        {
            throw WrongType(name, "a tensor that can be read as float32");
        }

        if (tensor.IsContiguous)
        {
            SafetensorsConversion.ReadFloats(source, OffsetOf(tensor), type, destination, isBigEndian);
        }
        else
        {
            SafetensorsConversion.ToFloats(type, Gather(name, tensor), destination);
        }
    }

    /// <summary>Reads all elements of a tensor of whole numbers, row-major, as int32.</summary>
    /// <exception cref="TorchException">There is no such tensor, it has another number of elements, it does not hold whole
    /// numbers, one of them lies outside of int32, or the file cannot be read or is damaged.</exception>
    public void ReadInts(string name, Span<int> destination)
    {
        var tensor = Require(name, destination.Length);
        var type = tensor.Storage.Type;
        if (!type.HasInts())
        {
            throw WrongType(name, "a tensor of whole numbers");
        }

        try
        {
            if (tensor.IsContiguous)
            {
                SafetensorsConversion.ReadInts(source, OffsetOf(tensor), type, destination, isBigEndian);
            }
            else
            {
                SafetensorsConversion.ToInts(type, Gather(name, tensor), destination);
            }
        }
        catch (OverflowException exception)
        {
            throw new TorchException(
                source.Name, $"values of 32 bits in tensor {Find(name)}", "one outside of them",
                "Read its bytes, or save it as int32.", exception);
        }
    }

    /// <summary>Reads all elements of a tensor, row-major, as the processor has their type.</summary>
    /// <exception cref="TorchException">There is no such tensor, it has another number of bytes, or the file cannot be read or
    /// is damaged.</exception>
    public void ReadBytes(string name, Span<byte> destination)
    {
        var size = Require(name).Storage.Type.ByteSize();
        var tensor = Require(name, destination.Length / size);
        if (destination.Length % size != 0)
        {
            throw new TorchException(
                source.Name, $"a whole number of elements of {size} bytes", $"{destination.Length} bytes", "Give room for all.");
        }

        if (tensor.IsContiguous)
        {
            source.Read(OffsetOf(tensor), destination);
            SafetensorsConversion.OrderBytes(destination, size, isBigEndian);
        }
        else
        {
            Gather(name, tensor).CopyTo(destination);
        }
    }

    public void Dispose() => source.Dispose();

    private static TorchFile Open(ByteSource source)
    {
        try
        {
            return new TorchFile(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private TorchTensor Require(string name) => byName.TryGetValue(name, out var tensor)
        ? tensor
        : throw new TorchException(
            source.Name, $"a tensor {Quote(name)}",
            Tensors is [var first, ..] ? $"{Tensors.Count} others, such as {Quote(first.Name)}" : "no tensors",
            "The file belongs to another model, or to another version of it.");

    private TorchTensor Require(string name, int count)
    {
        var tensor = Require(name);
        if (tensor.Count != count)
        {
            throw new TorchException(
                source.Name, $"{count} elements in tensor {Quote(name)}",
                $"{tensor.Count}, shape {Format(tensor.Shape.AsSpan())}", "The file belongs to a model of other sizes.");
        }

        if (tensor.Storage.Crc is { } crc)
        {
            var storage = tensor.Storage;
            TorchContent.CheckCrc(source, $"data/{storage.Key}", storage.Offset, storage.ByteLength, crc);
            storage.Crc = null;
        }

        return tensor;
    }

    private TorchException WrongType(string name, string expected) => new(
        source.Name, expected, Find(name)!.ToString(), "Convert the file with the program that wrote it.");

    private static long OffsetOf(TorchTensor tensor) =>
        tensor.Storage.Offset + (tensor.Offset * tensor.Storage.Type.ByteSize());

    /// <summary>The elements of a view in their order: its part of the storage is read, and they are picked from it.</summary>
    private byte[] Gather(string name, TorchTensor tensor)
    {
        var size = tensor.Storage.Type.ByteSize();
        var length = tensor.Extent * size;
        if (length > Array.MaxLength)
        {
            throw new TorchException(
                source.Name, $"a tensor {Quote(name)} within 2 GiB", $"{length} bytes from its first element to its last",
                "Save it with contiguous() called on it.");
        }

        var part = new byte[length];
        source.Read(OffsetOf(tensor), part);
        SafetensorsConversion.OrderBytes(part, size, isBigEndian);
        var elements = new byte[tensor.Count * size];
        var index = new long[tensor.Shape.Length];
        var from = 0L;
        for (var to = 0; to < elements.Length; to += size)
        {
            part.AsSpan((int)from * size, size).CopyTo(elements.AsSpan(to));
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                from += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                {
                    break;
                }

                from -= index[axis] * tensor.Strides[axis];
                index[axis] = 0;
            }
        }

        return elements;
    }
}
