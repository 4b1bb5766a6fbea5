using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>A still WebP image, lossy (VP8, with alpha beside it or not) or lossless (VP8L).</summary>
/// <remarks>
/// <para>The decoder is given the chunks that make pixels, and no others.</para>
/// <para>Sources: WebP Container Specification (RFC 9649), RFC 6386 (VP8).</para>
/// </remarks>
internal sealed class WebPFile : PackedImage
{
    /// <summary>
    /// No block of 16×16 pixels of VP8 is coded in fewer bits: choosing its prediction costs 3.4 at the fixed probabilities of
    /// key frames (RFC 6386, section 11.2), however flat it is.
    /// </summary>
    private const int BitsPerBlock = 3;

    private const byte AlphaFlag = 0x10, AnimationFlag = 0x02;

    private static readonly byte[] LossyStart = [0x9D, 0x01, 0x2A];

    private readonly ImageReader reader;
    private readonly bool hasAlpha;
    private (long Place, long Length) pixelChunk = (-1, 0);
    private (long Place, long Length) alphaChunk = (-1, 0);
    private bool isLossless;

    private WebPFile(ImageReader reader)
    {
        this.reader = reader;
        reader.Skip(4);
        var length = reader.ReadUInt32();
        if (length + 8L > reader.Length)
        {
            throw reader.Truncated();
        }

        reader.Skip(4);
        (int Width, int Height)? canvas = null;
        var end = length + 8L;
        while (pixelChunk.Place < 0 || (canvas is not null && reader.Position + 8 <= end))
        {
            var (name, place, size) = NextChunk(end);
            switch (name)
            {
                case "VP8X" when canvas is null && pixelChunk.Place < 0 && size >= 10:
                    canvas = ReadCanvas(out hasAlpha);
                    break;
                case "VP8 " or "VP8L" when pixelChunk.Place < 0:
                    pixelChunk = (place, size);
                    isLossless = name == "VP8L";
                    break;
                case "ALPH" when hasAlpha && alphaChunk.Place < 0 && pixelChunk.Place < 0:
                    alphaChunk = (place, size);
                    break;
                case "EXIF":
                    Orientation = ExifOrientation.OfExif(reader.ReadBytes(size), reader.File);
                    break;
                case "ANIM" or "ANMF":
                    throw reader.Unsupported("a still WebP image", "an animation");
                case "VP8X" or "VP8 " or "VP8L" or "ALPH":
                    throw reader.Broken("VP8X, ALPH, then VP8 or VP8L in a WebP file", $"{name} out of order");
            }

            reader.Position = place + size;
            reader.Position = Math.Min(end, reader.Position + (size & 1)); // chunks are padded to an even length
        }

        reader.Position = pixelChunk.Place;
        var stored = isLossless ? ReadLosslessHeader(out var usesAlpha) : ReadLossyHeader(out usesAlpha);
        hasAlpha = isLossless ? usesAlpha : alphaChunk.Place >= 0;
        (Width, Height) = stored;
        ImageHeader.CheckSize(reader.File, (uint)Width, (uint)Height);
        if (canvas is not null && canvas != stored)
        {
            throw reader.Broken($"a WebP image of its canvas, {canvas}", $"{stored}");
        }

        IsColour = true;
    }

    public static WebPFile Read(ImageReader reader) => new(reader);

    protected override DecodedImage DecodeStored(byte[] data, string file)
    {
        var blocks = ((Width + 15) / 16) * (long)((Height + 15) / 16);
        if (!isLossless && blocks * BitsPerBlock / 8 > pixelChunk.Length)
        {
            throw reader.Broken(
                $"at least {blocks * BitsPerBlock / 8} bytes for {Width}×{Height} pixels of VP8", $"{pixelChunk.Length}");
        }

        var limit = PackageImages.TimeLimit(PixelCount);
        return PackageImages.Decode(ImageFormat.WebP, MakePlain(data), (Width, Height), hasAlpha ? 4 : 3, file, limit);
    }

    private (string Name, long Place, long Size) NextChunk(long end)
    {
        if (reader.Position + 8 > end)
        {
            throw reader.Broken("a WebP file with image data", "its end before any");
        }

        var name = reader.ReadBytes(4);
        var size = reader.ReadUInt32();
        return reader.Position + size > end
            ? throw reader.Truncated()
            : (string.Concat(name.Select(letter => (char)letter)), reader.Position, size);
    }

    private (int Width, int Height) ReadCanvas(out bool hasAlpha)
    {
        var content = reader.ReadBytes(10);
        if ((content[0] & AnimationFlag) != 0)
        {
            throw reader.Unsupported("a still WebP image", "an animation");
        }

        hasAlpha = (content[0] & AlphaFlag) != 0;
        return (1 + ReadUInt24(content.AsSpan(4)), 1 + ReadUInt24(content.AsSpan(7)));
    }

    private (int Width, int Height) ReadLossyHeader(out bool usesAlpha)
    {
        usesAlpha = false;
        if (pixelChunk.Length < 10)
        {
            throw reader.Broken("a VP8 frame of at least 10 bytes", $"{pixelChunk.Length}");
        }

        var content = reader.ReadBytes(10);
        var isKeyFrame = (content[0] & 1) == 0;
        if (!isKeyFrame || !content.AsSpan(3, 3).SequenceEqual(LossyStart))
        {
            throw reader.Broken("a key frame of VP8", Convert.ToHexString(content));
        }

        // Two bits above each size ask the viewer to scale; no decoder does.
        return (BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(6)) & 0x3FFF,
            BinaryPrimitives.ReadUInt16LittleEndian(content.AsSpan(8)) & 0x3FFF);
    }

    private (int Width, int Height) ReadLosslessHeader(out bool usesAlpha)
    {
        if (pixelChunk.Length < 5)
        {
            throw reader.Broken("a VP8L image of at least 5 bytes", $"{pixelChunk.Length}");
        }

        var content = reader.ReadBytes(5);
        var sizes = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(1));
        usesAlpha = (sizes & (1 << 28)) != 0;
        return content[0] == 0x2F && sizes >> 29 == 0
            ? ((int)(sizes & 0x3FFF) + 1, (int)((sizes >> 14) & 0x3FFF) + 1)
            : throw reader.Broken("the signature and version 0 of VP8L", Convert.ToHexString(content));
    }

    private byte[] MakePlain(byte[] data)
    {
        var plain = new MemoryStream();
        plain.Write("RIFF\0\0\0\0WEBP"u8);
        if (alphaChunk.Place >= 0 && !isLossless)
        {
            var (right, bottom) = (Width - 1, Height - 1);
            WriteChunk(
                plain,
                "VP8X"u8,
                [AlphaFlag, 0, 0, 0, (byte)right, (byte)(right >> 8), 0, (byte)bottom, (byte)(bottom >> 8), 0]);
            WriteChunk(plain, "ALPH"u8, Chunk(alphaChunk));
        }

        WriteChunk(plain, isLossless ? "VP8L"u8 : "VP8 "u8, Chunk(pixelChunk));
        var result = plain.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(4), result.Length - 8);
        return result;

        ReadOnlySpan<byte> Chunk((long Place, long Length) chunk) => data.AsSpan((int)chunk.Place, (int)chunk.Length);
    }

    private static void WriteChunk(MemoryStream stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        stream.Write(name);
        stream.Write(length);
        stream.Write(content);
        if (content.Length % 2 != 0)
        {
            stream.WriteByte(0);
        }
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
