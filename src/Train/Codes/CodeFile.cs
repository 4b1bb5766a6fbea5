using System.Buffers.Binary;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>A file of code indices: what <c>encode</c> makes of images and <c>decode</c> turns back into them.</summary>
/// <remarks>
/// <para>Layout, all numbers little-endian: 8 bytes 89 49 56 51 0D 0A 1A 0A; u32 version 1; u32 each of images, latent height,
/// latent width, codes K, channels, image height, image width; 32 bytes SHA-256 of the model; the indices; u32 CRC-32C of all
/// bytes before it.</para>
/// <para>Indices lie image by image, row by row, each in max(1, ⌈log₂ K⌉) bits, the lowest bit first, with no gaps between them;
/// the unused bits of the last byte are 0.</para>
/// <para>A file is read whole and stays packed in memory, so one of hostile sizes costs no more than its own length.</para>
/// </remarks>
public sealed class CodeFile
{
    private const int ChecksumLength = sizeof(uint);

    // Eight bytes more than the indices take, so that eight can be read at any of them.
    private readonly byte[] packed;

    private CodeFile(CodeFileHeader header, byte[] packed)
    {
        Header = header;
        this.packed = packed;
    }

    public CodeFileHeader Header { get; }

    /// <summary>
    /// Writes a file atomically. The callback hands over all indices, in the order of the images and in pieces of any size.
    /// </summary>
    /// <exception cref="RunException">The header makes no sense, an index lies outside of it, or the file cannot be
    /// written.</exception>
    public static void Write(string path, CodeFileHeader header, Action<CodeFileWriter> write)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(write);
        header.Check(path);
        AtomicFile.Write(path, stream =>
        {
            var writer = new CodeFileWriter(stream, header, path);
            write(writer);
            writer.Finish();
        });
    }

    /// <summary>Reads a file and checks everything about it: sizes, length, checksum, and every index.</summary>
    /// <exception cref="RunException">The file is absent, damaged, or of another kind.</exception>
    public static CodeFile Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return Read(stream, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>Whether a file begins as one of these.</summary>
    /// <exception cref="RunException">The file cannot be read.</exception>
    public static bool IsOne(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Span<byte> start = stackalloc byte[CodeFileHeader.Magic.Length];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length &&
                start.SequenceEqual(CodeFileHeader.Magic);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>The indices of one image, row by row.</summary>
    /// <param name="image">Which image, from 0.</param>
    /// <param name="indices">Takes <see cref="CodeFileHeader.IndicesPerImage"/> of them.</param>
    public void ReadImage(int image, Span<int> indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(image, Header.Images);
        ArgumentOutOfRangeException.ThrowIfNotEqual(indices.Length, Header.IndicesPerImage);
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = (int)IndexAt(((long)image * indices.Length) + i);
        }
    }

    /// <summary>Refuses the codes of another model.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="modelHash">The hash of the model that is to decode.</param>
    /// <exception cref="RunException">Another model made the file.</exception>
    public void CheckModel(string path, string modelHash)
    {
        ArgumentNullException.ThrowIfNull(modelHash);
        if (Header.ModelHash != modelHash)
        {
            throw new RunException(
                path,
                $"codes of the model {modelHash[..12]}…",
                $"those of {Header.ModelHash[..12]}…",
                "Decode with the checkpoint that encoded them, or encode again.");
        }
    }

    internal static CodeFile Read(Stream stream, string path)
    {
        const string Advice = "The file is damaged; make it again with encode.";
        if (stream.Length < CodeFileHeader.ByteLength)
        {
            throw new RunException(path, $"at least {CodeFileHeader.ByteLength} bytes", $"{stream.Length}", Advice);
        }

        var start = new byte[CodeFileHeader.ByteLength];
        stream.ReadExactly(start);
        var header = CodeFileHeader.Parse(start, path);
        var length = (UInt128)header.PackedLength + CodeFileHeader.ByteLength + ChecksumLength;
        if (length != (UInt128)stream.Length)
        {
            throw new RunException(
                path,
                $"{length} bytes for {header.IndexCount} indices of {header.BitsPerIndex} bits",
                $"{stream.Length}",
                Advice);
        }

        if (header.PackedLength > Array.MaxLength - sizeof(ulong))
        {
            throw new RunException(
                path, "fewer than 2^31 bytes of indices", $"{header.PackedLength}", "Encode the images in several parts.");
        }

        var packed = new byte[header.PackedLength + sizeof(ulong)];
        var indices = packed.AsSpan(0, (int)header.PackedLength);
        stream.ReadExactly(indices);
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        stream.ReadExactly(checksum);
        var crc = default(Crc32C);
        crc.Append(start);
        crc.Append(indices);
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(checksum);
        if (stored != crc.Value)
        {
            throw new RunException(path, $"the checksum {stored:x8}", $"{crc.Value:x8}", Advice);
        }

        var file = new CodeFile(header, packed);
        file.CheckIndices(path, Advice);
        return file;
    }

    private void CheckIndices(string path, string advice)
    {
        for (var i = 0L; i < Header.IndexCount; i++)
        {
            if (IndexAt(i) is var index && index >= (uint)Header.CodebookSize)
            {
                throw new RunException(
                    path, $"indices below {Header.CodebookSize}", $"{index} in image {i / Header.IndicesPerImage}", advice);
            }
        }

        var usedBits = (int)(Header.IndexCount % 8 * Header.BitsPerIndex % 8);
        if (usedBits > 0 && packed[Header.PackedLength - 1] >> usedBits != 0)
        {
            throw new RunException(path, "zeros behind the last index", $"the byte {packed[Header.PackedLength - 1]:x2}", advice);
        }
    }

    private uint IndexAt(long position)
    {
        var bit = position * Header.BitsPerIndex;
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(packed.AsSpan((int)(bit / 8))) >> (int)(bit % 8);
        return (uint)(bits & ((1UL << Header.BitsPerIndex) - 1));
    }
}
