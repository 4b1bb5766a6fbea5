using System.Buffers.Binary;
using System.Numerics;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>What a file of code indices says about itself, before the indices.</summary>
/// <param name="Images">Number of images, 1 or more.</param>
/// <param name="LatentHeight">Rows of indices per image.</param>
/// <param name="LatentWidth">Indices per row.</param>
/// <param name="CodebookSize">Size K of the codebook; every index lies below it.</param>
/// <param name="Channels">Channels of the images that were encoded.</param>
/// <param name="ImageHeight">Their height in pixels.</param>
/// <param name="ImageWidth">Their width in pixels.</param>
/// <param name="ModelHash">SHA-256 of the model that encoded them, in 64 lower-case hexadecimal digits.</param>
public sealed record CodeFileHeader(
    int Images, int LatentHeight, int LatentWidth, int CodebookSize, int Channels, int ImageHeight, int ImageWidth,
    string ModelHash)
{
    internal const int ByteLength = 72;

    private const uint Version = 1;
    private const int HashLength = 32;

    // A byte that is no text, the name, and line ends of both kinds, which a transfer as text would change.
    internal static ReadOnlySpan<byte> Magic => [0x89, (byte)'I', (byte)'V', (byte)'Q', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>Bits of one index: the fewest that hold K − 1, but at least 1.</summary>
    public int BitsPerIndex => Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)CodebookSize - 1));

    /// <summary>Indices of one image.</summary>
    public int IndicesPerImage => LatentHeight * LatentWidth;

    /// <summary>Indices of all images.</summary>
    public long IndexCount => (long)Images * IndicesPerImage;

    /// <summary>Bytes of the packed indices; 2⁶³ − 1 stands for more, which no file holds.</summary>
    public long PackedLength => (long)UInt128.Min((((UInt128)IndexCount * (uint)BitsPerIndex) + 7) / 8, long.MaxValue);

    internal byte[] ToBytes()
    {
        var bytes = new byte[ByteLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        int[] fields = [Images, LatentHeight, LatentWidth, CodebookSize, Channels, ImageHeight, ImageWidth];
        for (var i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12 + (4 * i)), fields[i]);
        }

        Convert.FromHexString(ModelHash).CopyTo(bytes, ByteLength - HashLength);
        return bytes;
    }

    /// <exception cref="RunException">The bytes are no header of this version, or its sizes make no sense.</exception>
    internal static CodeFileHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new RunException(path, "a file of code indices", "other first bytes", "Make one with encode.");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new RunException(
                path, $"version {Version} of the code file format", $"{version}", "Use the program that wrote it.");
        }

        Span<int> fields = stackalloc int[7];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(12 + (4 * i))..]);
        }

        var header = new CodeFileHeader(
            fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6],
            Convert.ToHexStringLower(bytes.Slice(ByteLength - HashLength, HashLength)));
        header.Check(path);
        return header;
    }

    /// <summary>Sizes of at least 1 whose products per image stay below 2³¹, and a hash of the right form.</summary>
    internal void Check(string path)
    {
        const string Advice = "Make the file again with encode.";
        (string Name, int Value)[] fields =
        [
            ("number of images", Images),
            ("latent height", LatentHeight),
            ("latent width", LatentWidth),
            ("number of codes", CodebookSize),
            ("number of channels", Channels),
            ("image height", ImageHeight),
            ("image width", ImageWidth),
        ];
        foreach (var (name, value) in fields)
        {
            if (value < 1)
            {
                throw new RunException(path, $"1 to 2^31 - 1 as {name}", $"{(uint)value}", Advice);
            }
        }

        if ((long)LatentHeight * LatentWidth > int.MaxValue)
        {
            throw new RunException(path, "fewer than 2^31 indices per image", $"{LatentHeight}·{LatentWidth}", Advice);
        }

        if ((UInt128)Channels * (uint)ImageHeight * (uint)ImageWidth > int.MaxValue)
        {
            throw new RunException(path, "fewer than 2^31 values per image", $"{Channels}·{ImageHeight}·{ImageWidth}", Advice);
        }

        if (ModelHash.Length != 2 * HashLength || !ModelHash.All(char.IsAsciiHexDigitLower))
        {
            throw new RunException(
                path, $"a model hash of {2 * HashLength} lower-case hexadecimal digits", $"'{ModelHash}'", Advice);
        }
    }
}
