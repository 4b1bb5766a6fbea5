namespace IlgpuVq.Models.Images;

/// <summary>The first frame of a GIF file, on its screen.</summary>
/// <remarks>
/// <para>A palette of greys gives a grey image; a transparent colour, or a frame that leaves some of the screen free, gives
/// alpha. A transparent pixel keeps the colour that the file stores for it. What follows the first frame is not looked at.</para>
/// <para>The decoder is given the frame alone, with a palette in which index i is the grey i: what comes back are the
/// indices.</para>
/// <para>Source: Graphics Interchange Format, version 89a (CompuServe, 1990).</para>
/// </remarks>
internal sealed class GifFile : PackedImage
{
    private const byte Extension = 0x21, Image = 0x2C, Trailer = 0x3B;
    private const byte GraphicControl = 0xF9;
    private const byte TableFlag = 0x80, InterlaceFlag = 0x40, TransparencyFlag = 1;

    private readonly ImageReader reader;
    private readonly ImagePalette palette;
    private readonly long dataPlace;
    private (int Left, int Top, int Width, int Height) frame;
    private bool isInterlaced;

    private GifFile(ImageReader reader)
    {
        this.reader = reader;
        var version = reader.ReadBytes(6);
        if (!version.AsSpan().SequenceEqual("GIF87a"u8) && !version.AsSpan().SequenceEqual("GIF89a"u8))
        {
            throw reader.Broken("GIF87a or GIF89a at the start", Convert.ToHexString(version));
        }

        (Width, Height) = (reader.ReadUInt16(), reader.ReadUInt16());
        ImageHeader.CheckSize(reader.File, (uint)Width, (uint)Height);
        var flags = reader.ReadByte();
        reader.Skip(2); // background, aspect ratio
        var colours = ReadTable(flags);
        var transparent = ReadExtensions();
        colours = ReadFrame() ?? colours ?? throw reader.Broken("a GIF palette", "none");
        palette = new ImagePalette(colours, transparent);
        dataPlace = reader.Position;
        IsColour = palette.IsColour;
    }

    private bool FillsScreen => frame == (0, 0, Width, Height);

    public static GifFile Read(ImageReader reader) => new(reader);

    protected override DecodedImage DecodeStored(byte[] data, string file)
    {
        var plain = MakePlain(data);
        var limit = PackageImages.TimeLimit(PixelCount);
        var indices = PackageImages.Decode(ImageFormat.Gif, plain, (frame.Width, frame.Height), channels: 1, file, limit);
        var image = palette.Expand(indices.Pixels, (frame.Width, frame.Height), file);
        return FillsScreen ? image : PutOnScreen(image);
    }

    private DecodedImage PutOnScreen(DecodedImage image)
    {
        var samples = image.IsColour ? 3 : 1;
        var screen = new byte[PixelCount * (samples + 1)];
        var source = 0;
        for (var y = frame.Top; y < frame.Top + frame.Height; y++)
        {
            var target = ((y * Width) + frame.Left) * (samples + 1);
            for (var x = 0; x < frame.Width; x++, source += image.Channels, target += samples + 1)
            {
                image.Pixels.AsSpan(source, samples).CopyTo(screen.AsSpan(target));
                screen[target + samples] = image.Channels > samples ? image.Pixels[source + samples] : byte.MaxValue;
            }
        }

        return new DecodedImage(Width, Height, samples + 1, screen);
    }

    private byte[]? ReadTable(byte flags) => (flags & TableFlag) == 0 ? null : reader.ReadBytes(3 << ((flags & 7) + 1));

    /// <summary>Reads up to the first frame; returns its transparent index, or −1.</summary>
    private int ReadExtensions()
    {
        var transparent = -1;
        for (var block = reader.ReadByte(); block != Image; block = reader.ReadByte())
        {
            if (block != Extension)
            {
                var name = block == Trailer ? "the end of the images" : $"block {block:X2}";
                throw reader.Broken("a GIF file with a frame", name);
            }

            var label = reader.ReadByte();
            for (var length = reader.ReadByte(); length > 0; length = reader.ReadByte())
            {
                var content = reader.ReadBytes(length);
                if (label == GraphicControl && content is [var flags, _, _, var index, ..])
                {
                    transparent = (flags & TransparencyFlag) != 0 ? index : -1;
                }
            }
        }

        return transparent;
    }

    private byte[]? ReadFrame()
    {
        frame = (reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16());
        if (frame.Width == 0 || frame.Height == 0 || frame.Left + frame.Width > Width || frame.Top + frame.Height > Height)
        {
            throw reader.Broken(
                $"a first GIF frame inside the screen of {Width}×{Height}",
                $"{frame.Width}×{frame.Height} at ({frame.Left}, {frame.Top})");
        }

        var flags = reader.ReadByte();
        isInterlaced = (flags & InterlaceFlag) != 0;
        return ReadTable(flags);
    }

    private byte[] MakePlain(byte[] data)
    {
        reader.Position = dataPlace;
        var smallestCode = reader.ReadByte();
        if (smallestCode is < 2 or > 8)
        {
            throw reader.Broken("GIF indices of 2 to 8 bits", $"{smallestCode}");
        }

        var codes = new MemoryStream();
        for (var length = reader.ReadByte(); length > 0; length = reader.ReadByte())
        {
            codes.Write(reader.ReadBytes(length));
        }

        var wanted = frame.Width * (long)frame.Height;
        var pixels = GifCodes.CountPixels(codes.GetBuffer().AsSpan(0, (int)codes.Length), smallestCode, wanted);
        if (pixels < wanted)
        {
            throw reader.Broken($"the {wanted} pixels of the first GIF frame", $"{pixels}");
        }

        var plain = new MemoryStream();
        Span<byte> size = [(byte)frame.Width, (byte)(frame.Width >> 8), (byte)frame.Height, (byte)(frame.Height >> 8)];
        plain.Write("GIF89a"u8);
        plain.Write(size);
        plain.Write([0xF7, 0, 0]); // a palette of 256 colours
        for (var i = 0; i < 256; i++)
        {
            plain.Write([(byte)i, (byte)i, (byte)i]);
        }

        plain.Write([Image, 0, 0, 0, 0]);
        plain.Write(size);
        plain.WriteByte(isInterlaced ? InterlaceFlag : (byte)0);
        plain.Write(data.AsSpan((int)dataPlace, (int)(reader.Position - dataPlace)));
        plain.WriteByte(Trailer);
        return plain.ToArray();
    }
}
