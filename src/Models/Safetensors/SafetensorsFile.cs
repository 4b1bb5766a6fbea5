using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace IlgpuVq.Models.Safetensors;

/// <summary>
/// A safetensors file open for reading: the header is checked whole at once, the bytes of a tensor are read when asked for.
/// </summary>
/// <remarks>
/// <para>Opening costs memory in proportion to the header, never to the sizes that it claims. Reading a tensor goes straight into
/// the caller's span; a conversion takes 64 KiB on the way.</para>
/// <para>Several threads may read from a file opened by path at once; one at a time from a stream.</para>
/// </remarks>
public sealed class SafetensorsFile : ITensorFile
{
    private const int PrefixLength = sizeof(ulong);
    private const int ChunkBytes = 64 * 1024;

    private static readonly FileKind Kind = new(
        "a safetensors file",
        (file, expected, actual, advice, inner) => new SafetensorsException(file, expected, actual, advice, inner));

    private readonly ByteSource source;
    private readonly SafetensorsHeader header;
    private readonly Dictionary<string, SafetensorsEntry> byName;
    private readonly long dataStart;

    private SafetensorsFile(ByteSource source)
    {
        this.source = source;
        var headerLength = ReadHeaderLength();
        dataStart = PrefixLength + headerLength;
        var json = new byte[headerLength];
        source.Read(PrefixLength, json);
        header = SafetensorsHeader.Parse(json, source.Length - dataStart, source.Name);
        byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public ImmutableArray<SafetensorsEntry> Entries => header.Entries;

    /// <summary>The strings under <c>__metadata__</c>; empty without any.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read, or its header breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path) => Open(ByteSource.OpenFile(path, Kind));

    /// <summary>
    /// Reads from a stream, which must be able to seek, holds the file from its start, and stays the caller's to dispose.
    /// </summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="SafetensorsException">The stream cannot be read, or its header breaks a rule of the format.</exception>
    public static SafetensorsFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(ByteSource.OpenStream(stream, name, Kind));
    }

    /// <inheritdoc/>
    IReadOnlyList<TensorEntry> ITensorFile.Tensors => header.Entries;

    /// <summary>The tensor of that name, or null.</summary>
    public SafetensorsEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    TensorEntry? ITensorFile.Find(string name) => Find(name);

    /// <summary>Reads all elements of a tensor as float32: F32 as it is, the rest rounded to the nearest float.</summary>
    /// <remarks>F16, BF16 and the integers of up to 16 bits are exact; a double out of range becomes ±∞.</remarks>
    /// <exception cref="SafetensorsException">
    /// There is no such tensor, it has another number of elements, it is BOOL or an eight-bit float, or the file cannot be read.
    /// </exception>
    public void ReadFloats(string name, Span<float> destination)
    {
        var entry = Require(name, destination.Length);
        if (!SafetensorsConversion.HasFloats(entry.Type))
        {
            throw WrongType(entry, "a tensor that can be read as float32");
        }

        SafetensorsConversion.ReadFloats(source, dataStart + entry.Begin, entry.Type, destination);
    }

    /// <summary>Reads all elements of a tensor of whole numbers as int32.</summary>
    /// <exception cref="SafetensorsException">
    /// There is no such tensor, it has another number of elements, it does not hold whole numbers, one of them lies outside of
    /// int32, or the file cannot be read.
    /// </exception>
    public void ReadInts(string name, Span<int> destination)
    {
        var entry = Require(name, destination.Length);
        if (!SafetensorsConversion.HasInts(entry.Type))
        {
            throw WrongType(entry, "a tensor of whole numbers");
        }

        try
        {
            SafetensorsConversion.ReadInts(source, dataStart + entry.Begin, entry.Type, destination);
        }
        catch (OverflowException exception)
        {
            throw new SafetensorsException(
                source.Name,
                $"values of 32 bits in tensor {entry}",
                "one outside of them",
                "Read its bytes, or store it as I32.",
                exception);
        }
    }

    /// <summary>Reads a part of a tensor's bytes as they lie in the file, little-endian.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="offset">The first byte, counted from the tensor's own.</param>
    /// <param name="destination">Takes as many bytes as it is long.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or the file cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches beyond the tensor.</exception>
    public void ReadBytes(string name, long offset, Span<byte> destination)
    {
        var entry = Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, entry.ByteLength - destination.Length);
        source.Read(dataStart + entry.Begin + offset, destination);
    }

    /// <summary>
    /// Compares the file with the checksum in its metadata (<see cref="SafetensorsWriter.Write"/> with <c>digest</c>).
    /// </summary>
    /// <exception cref="SafetensorsException">There is no checksum, or the bytes are not those that were written.</exception>
    public void VerifyDigest()
    {
        if (header.DigestPosition < 0)
        {
            throw new SafetensorsException(
                source.Name,
                $"a checksum of {SafetensorsDigest.Digits} digits as metadata '{SafetensorsDigest.Key}'",
                "none",
                "It was written by another program; it may well be whole, but it is no checkpoint.");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var start = new byte[dataStart];
        source.Read(0, start);
        var digits = start.AsSpan(PrefixLength + header.DigestPosition, SafetensorsDigest.Digits);
        var stored = Encoding.ASCII.GetString(digits);
        digits.Fill((byte)'0');
        hash.AppendData(start);
        AppendData(hash, dataStart, source.Length - dataStart);
        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (stored != actual)
        {
            throw new SafetensorsException(
                source.Name,
                $"the checksum {stored}",
                actual,
                "The file has been damaged since it was written; use another copy.");
        }
    }

    /// <summary>
    /// SHA-256 over names, types, shapes and bytes of tensors, in the order of their names: equal for two files that hold the
    /// same tensors, whatever their metadata and layout.
    /// </summary>
    /// <param name="which">The tensors that count; all when null.</param>
    public byte[] HashTensors(Func<SafetensorsEntry, bool>? which = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in Entries.Where(which ?? (_ => true)).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            // The lengths make it impossible for two different sets of tensors to give one sequence of bytes.
            var description = $"{entry.Name.Length}:{entry.Name} {entry.Type} [{string.Join(',', entry.Shape)}]\n";
            hash.AppendData(Encoding.UTF8.GetBytes(description));
            AppendData(hash, dataStart + entry.Begin, entry.ByteLength);
        }

        return hash.GetHashAndReset();
    }

    public void Dispose() => source.Dispose();

    private static SafetensorsFile Open(ByteSource source)
    {
        try
        {
            return new SafetensorsFile(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private int ReadHeaderLength()
    {
        const string Advice = "The file is cut short or no safetensors file; fetch or write it again.";
        if (source.Length < PrefixLength)
        {
            throw new SafetensorsException(source.Name, "at least 8 bytes", $"{source.Length}", Advice);
        }

        Span<byte> prefix = stackalloc byte[PrefixLength];
        source.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.LongestHeader)
        {
            throw new SafetensorsException(
                source.Name, $"a safetensors file, with a header of at most {SafetensorsHeader.LongestHeader} bytes",
                $"{length}", Advice);
        }

        return (long)length <= source.Length - PrefixLength
            ? (int)length
            : throw new SafetensorsException(
                source.Name, $"a file of at least 8 + {length} bytes, as its header says", $"{source.Length}", Advice);
    }

    private SafetensorsEntry Require(string name)
    {
        if (Find(name) is { } entry)
        {
            return entry;
        }

        var present = Entries.IsEmpty
            ? "no tensors"
            : $"{Entries.Length} others, such as {SafetensorsException.Quote(Entries[0].Name)}";
        throw new SafetensorsException(
            source.Name,
            $"a tensor {SafetensorsException.Quote(name)}",
            present,
            "The file belongs to another model, or to another version of it.");
    }

    private SafetensorsEntry Require(string name, int count)
    {
        var entry = Require(name);
        return entry.Count == count
            ? entry
            : throw new SafetensorsException(
                source.Name,
                $"{count} elements in tensor {SafetensorsException.Quote(name)}",
                $"{entry.Count}, shape {SafetensorsException.Format(entry.Shape.AsSpan())}",
                "The file belongs to a model of other sizes.");
    }

    private SafetensorsException WrongType(SafetensorsEntry entry, string expected) =>
        new(source.Name, expected, entry.ToString(), "Convert the file with the program that wrote it.");

    private void AppendData(IncrementalHash hash, long offset, long length)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var done = 0L; done < length;)
            {
                var bytes = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, length - done));
                source.Read(offset + done, bytes);
                hash.AppendData(bytes);
                done += bytes.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
