using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>Reads numbers out of an image file, and words what is wrong with it.</summary>
/// <param name="stream">The file; it can seek.</param>
/// <param name="file">Named in errors.</param>
/// <param name="format">What the file claims to be, for errors.</param>
internal sealed class ImageReader(Stream stream, string file, string format)
{
    public string File => file;

    public long Length => stream.Length;

    /// <summary>The order of the bytes of a number: most significant first or last.</summary>
    public bool IsBigEndian { get; set; }

    /// <exception cref="DataException">Set to a place behind the end.</exception>
    public long Position
    {
        get => stream.Position;
        set => stream.Position = value >= 0 && value <= Length ? value : throw Truncated();
    }

    public byte ReadByte()
    {
        Span<byte> value = stackalloc byte[1];
        Read(value);
        return value[0];
    }

    public ushort ReadUInt16()
    {
        Span<byte> value = stackalloc byte[2];
        Read(value);
        return IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    public uint ReadUInt32()
    {
        Span<byte> value = stackalloc byte[4];
        Read(value);
        return IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value);
    }

    /// <summary>Allocates no more than the file holds.</summary>
    public byte[] ReadBytes(long count)
    {
        if (count > Length - Position)
        {
            throw Truncated();
        }

        var bytes = new byte[count];
        Read(bytes);
        return bytes;
    }

    public void Read(Span<byte> bytes)
    {
        if (InputFile.Fill(stream, bytes) < bytes.Length)
        {
            throw Truncated();
        }
    }

    public void Skip(long count) => Position += count;

    public DataException Truncated() => Broken($"a whole {format} image", $"its end after {Length} bytes");

    /// <summary>The file breaks a rule of its format.</summary>
    public DataException Broken(string rule, string actual) => DataException.Expected(file, rule, actual, "The file is damaged.");

    /// <summary>The file may be right, but is of a kind that is not read here.</summary>
    public DataException Unsupported(string rule, string actual) =>
        DataException.Expected(file, rule, actual, "Save the image anew, or as PNG.");
}
