using System.Buffers.Binary;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codec;

/// <summary>A compressed image: what <c>compress</c> writes and <c>decompress</c> reads.</summary>
/// <remarks>
/// <para>Layout, all numbers little-endian: 8 bytes 89 49 56 43 0D 0A 1A 0A; u16 version 1; u16 channels; u32 height; u32 width;
/// u32 class + 1, or 0 for none; u32 bytes of the codes; 16 bytes of the hash of prior and model; the codes, as
/// <see cref="ImageCodec"/> writes them; u32 CRC-32C of all bytes before it. 48 bytes besides the codes.</para>
/// <para>A file costs no more memory than its own length, until a model is there that it says it is of.</para>
/// </remarks>
internal sealed record CompressedFile(CompressedHeader Header, byte[] Stream)
{
    private const int ChecksumLength = sizeof(uint);

    /// <summary>Bytes of a file besides the codes.</summary>
    public const int Overhead = CompressedHeader.ByteLength + ChecksumLength;

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream => stream.Write(ToBytes()));

    public byte[] ToBytes()
    {
        byte[] bytes = [.. Header.ToBytes(), .. Stream, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - ChecksumLength), ChecksumOf(bytes));
        return bytes;
    }

    /// <summary>Reads a file and checks all that can be without its model.</summary>
    /// <exception cref="RunException">The file is absent, damaged, or of another kind.</exception>
    public static CompressedFile Read(string path)
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

    internal static CompressedFile Read(Stream stream, string path)
    {
        const string advice = "The file is damaged; make it again with compress.";
        if (stream.Length < Overhead)
        {
            throw new RunException(path, $"at least {Overhead} bytes", $"{stream.Length}", advice);
        }

        var start = new byte[CompressedHeader.ByteLength];
        stream.ReadExactly(start);
        var header = CompressedHeader.Parse(start, path);
        if (stream.Length != (long)header.StreamLength + Overhead)
        {
            throw new RunException(
                path, $"{(long)header.StreamLength + Overhead} bytes, as it says", $"{stream.Length}", advice);
        }

        var bytes = new byte[stream.Length];
        start.CopyTo(bytes, 0);
        stream.ReadExactly(bytes.AsSpan(start.Length));
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - ChecksumLength));
        var own = ChecksumOf(bytes);
        return stored == own
            ? new CompressedFile(header, bytes[CompressedHeader.ByteLength..^ChecksumLength])
            : throw new RunException(path, $"the checksum {stored:x8}", $"{own:x8}", advice);
    }

    private static uint ChecksumOf(byte[] file)
    {
        var checksum = default(Crc32C);
        checksum.Append(file.AsSpan(0, file.Length - ChecksumLength));
        return checksum.Value;
    }
}
