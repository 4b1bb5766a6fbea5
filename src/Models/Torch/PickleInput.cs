using System.Buffers.Binary;
using System.Text;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Models.Torch;

/// <summary>The bytes of a pickle one after the other, never more than there are.</summary>
/// <param name="source">The file.</param>
/// <param name="start">Where the pickle begins.</param>
/// <param name="end">Behind the last byte that may be its own.</param>
internal sealed class PickleInput(ByteSource source, long start, long end)
{
    /// <summary>The longest pickle: text takes no more than this, whatever lengths the pickle claims.</summary>
    private const long LongestPickle = 32 << 20;

    private const int BufferBytes = 1 << 14;

    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly long last = Math.Min(end, start + LongestPickle);
    private long bufferStart = start;
    private int filled, next;

    /// <summary>What messages call the file.</summary>
    public string File => source.Name;

    /// <summary>The offset of the next byte in the file.</summary>
    public long Position => bufferStart + next;

    public byte ReadByte()
    {
        if (next == filled)
        {
            Fill();
        }

        return buffer[next++];
    }

    public ulong ReadUnsigned(int bytes)
    {
        var value = 0UL;
        for (var i = 0; i < bytes; i++)
        {
            value |= (ulong)ReadByte() << (8 * i);
        }

        return value;
    }

    /// <summary>A number whose highest byte comes first.</summary>
    public double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ReadByte();
        }

        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>As many bytes as a length says, if there are as many.</summary>
    public byte[] ReadBytes(ulong length)
    {
        if (length > (ulong)(last - Position))
        {
            throw TorchException.Damaged(
                File, $"{length} bytes of a value at byte {Position} of the pickle", $"{last - Position} that may be its own");
        }

        var bytes = new byte[length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ReadByte();
        }

        return bytes;
    }

    /// <summary>Text of that many bytes in UTF-8.</summary>
    public string ReadText(ulong length)
    {
        var bytes = ReadBytes(length);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw TorchException.Damaged(File, "text in UTF-8", $"other bytes before byte {Position}");
        }
    }

    /// <summary>Text up to the end of its line.</summary>
    public string ReadLine(int longest)
    {
        var line = new StringBuilder();
        for (var value = ReadByte(); value != '\n'; value = ReadByte())
        {
            line.Append((char)value);
            if (line.Length > longest)
            {
                throw TorchException.Damaged(
                    File, $"a name of at most {longest} letters", $"a longer one before byte {Position}");
            }
        }

        return line.ToString();
    }

    private static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private void Fill()
    {
        bufferStart += filled;
        (filled, next) = (0, 0);
        var count = (int)Math.Min(buffer.Length, last - bufferStart);
        if (count <= 0)
        {
            throw last < end
                ? TorchException.Damaged(File, $"a pickle of at most {LongestPickle >> 20} MiB", "a longer one")
                : TorchException.Damaged(File, "a pickle with an end", $"the end of the file at byte {bufferStart}");
        }

        source.Read(bufferStart, buffer.AsSpan(0, count));
        filled = count;
    }
}
