using System.Buffers.Binary;
using System.Text;

namespace IlgpuVq.Models.Images;

/// <summary>Walks the chunks of a PNG file: signature, lengths, names and checksums. It keeps no chunk in memory.</summary>
internal sealed class PngChunkReader
{
    /// <summary>The longest ancillary chunk that is read over; a longer one is taken for an attack.</summary>
    public const int MaximumAncillaryLength = 8 << 20;

    private readonly Stream stream;
    private readonly byte[] scratch = new byte[4096];
    private Crc32 crc;
    private uint remaining;

    /// <summary>Reads the signature; the first call of <see cref="Next"/> gives the first chunk.</summary>
    public PngChunkReader(Stream stream, string file)
    {
        (this.stream, File) = (stream, file);
        Span<byte> start = stackalloc byte[Signature.Length];
        if (Fill(start) < start.Length || !start.SequenceEqual(Signature))
        {
            throw DataException.Expected(
                file,
                "the PNG signature",
                Convert.ToHexString(start),
                "The file is not a PNG image, or was changed as if it were text.");
        }
    }

    /// <summary>The eight bytes that every PNG file starts with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public string File { get; }

    /// <summary>The name of the current chunk; empty before the first.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The data length of the current chunk.</summary>
    public uint Length { get; private set; }

    /// <summary>A chunk that a decoder must understand: the first letter of its name is a capital.</summary>
    public bool IsCritical => char.IsAsciiLetterUpper(Name[0]);

    /// <summary>Finishes the current chunk, its checksum included, and goes to the next.</summary>
    public void Next()
    {
        Finish();
        Span<byte> head = stackalloc byte[8];
        ReadExactly(head);
        Length = BinaryPrimitives.ReadUInt32BigEndian(head);
        var name = head[4..];
        if (!IsName(name))
        {
            throw DataException.Expected(File, "four letters as the name of a PNG chunk", Convert.ToHexString(name));
        }

        Name = Encoding.ASCII.GetString(name);
        if (Length > int.MaxValue)
        {
            throw DataException.Expected(File, $"a {Name} chunk below 2³¹ bytes", $"{Length}");
        }

        if (!IsCritical && Length > MaximumAncillaryLength)
        {
            throw DataException.Expected(
                File, $"at most {MaximumAncillaryLength} bytes in {Name}", $"{Length}", "Strip its metadata.");
        }

        crc = Crc32.Start();
        crc.Append(name);
        remaining = Length;
    }

    /// <summary>Reads data of the current chunk; returns 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min((uint)buffer.Length, remaining);
        if (count == 0)
        {
            return 0;
        }

        count = Fill(buffer[..count]);
        if (count == 0)
        {
            throw Truncated();
        }

        crc.Append(buffer[..count]);
        remaining -= (uint)count;
        return count;
    }

    /// <summary>All data of the current chunk, whose length the caller has checked.</summary>
    public byte[] ReadData()
    {
        var data = new byte[Length];
        for (var done = 0; done < data.Length;)
        {
            done += Read(data.AsSpan(done));
        }

        return data;
    }

    public DataException Broken(string rule, string actual) => DataException.Expected(File, rule, actual, "The file is damaged.");

    /// <summary>Reads what is left of the current chunk and compares its checksum.</summary>
    public void Finish()
    {
        if (Name.Length == 0)
        {
            return;
        }

        while (Read(scratch) > 0)
        {
        }

        Span<byte> stored = stackalloc byte[4];
        ReadExactly(stored);
        var expected = BinaryPrimitives.ReadUInt32BigEndian(stored);
        if (expected != crc.Value)
        {
            throw Broken($"checksum {expected:X8} in {Name}", $"{crc.Value:X8}");
        }
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetter((char)letter))
            {
                return false;
            }
        }

        return true;
    }

    private void ReadExactly(Span<byte> buffer)
    {
        if (Fill(buffer) < buffer.Length)
        {
            throw Truncated();
        }
    }

    private int Fill(Span<byte> buffer)
    {
        try
        {
            return InputFile.Fill(stream, buffer);
        }
        catch (IOException error)
        {
            throw InputFile.Unreadable(File, error);
        }
    }

    private DataException Truncated()
    {
        return Broken(
            "a PNG file that ends with IEND", Name.Length == 0 ? "its end before any chunk" : $"its end in or after {Name}");
    }
}
