using System.Buffers.Binary;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>Packs indices into a file as they come; see <see cref="CodeFile"/> for the layout.</summary>
public sealed class CodeFileWriter
{
    private readonly Stream stream;
    private readonly CodeFileHeader header;
    private readonly string path;
    private readonly byte[] buffer = new byte[1 << 14];
    private Crc32C crc;
    private int buffered;
    private long written;
    private ulong bits;
    private int bitCount;

    internal CodeFileWriter(Stream stream, CodeFileHeader header, string path)
    {
        this.stream = stream;
        this.header = header;
        this.path = path;
        Emit(header.ToBytes());
    }

    /// <summary>Adds indices: the next ones of the images, row by row.</summary>
    /// <exception cref="RunException">An index lies outside of the codebook, or there are more than the header says.</exception>
    public void Write(ReadOnlySpan<int> indices)
    {
        if (indices.Length > header.IndexCount - written)
        {
            throw new RunException(
                path, $"{header.IndexCount} indices", "more", "The header and the encoder disagree about the images.");
        }

        var width = header.BitsPerIndex;
        foreach (var index in indices)
        {
            if ((uint)index >= (uint)header.CodebookSize)
            {
                throw new RunException(
                    path, $"indices from 0 to below {header.CodebookSize}", $"{index}",
                    "The model's codebook and its codes disagree.");
            }

            bits |= (ulong)index << bitCount;
            bitCount += width;
            while (bitCount >= 8)
            {
                PutByte();
            }
        }

        written += indices.Length;
    }

    internal void Finish()
    {
        if (written != header.IndexCount)
        {
            throw new RunException(
                path, $"{header.IndexCount} indices", $"{written}", "The header and the encoder disagree about the images.");
        }

        if (bitCount > 0)
        {
            PutByte();
        }

        Flush();
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, crc.Value);
        stream.Write(checksum);
    }

    private void PutByte()
    {
        buffer[buffered++] = (byte)bits;
        bits >>= 8;
        bitCount -= 8;
        if (buffered == buffer.Length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        Emit(buffer.AsSpan(0, buffered));
        buffered = 0;
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        crc.Append(bytes);
        stream.Write(bytes);
    }
}
