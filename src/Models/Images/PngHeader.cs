using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>The colour types of PNG, with their codes in the file.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}

/// <summary>The IHDR chunk: what the pixels of a PNG file are.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngColour Colour, bool Interlaced)
{
    /// <summary>Length of the chunk's data.</summary>
    public const int Length = 13;

    /// <summary>Samples of one pixel in a scan line; a palette index is one.</summary>
    public int Samples => Colour switch
    {
        PngColour.Rgb => 3,
        PngColour.GreyAlpha => 2,
        PngColour.RgbAlpha => 4,
        _ => 1,
    };

    public ImageHeader ToImageHeader() => new(Width, Height, IsColour: Colour is not (PngColour.Grey or PngColour.GreyAlpha));

    /// <summary>Bytes of a scan line of <paramref name="width"/> pixels, without its filter byte.</summary>
    public long RowBytes(int width) => (((long)width * Samples * Depth) + 7) / 8;

    /// <summary>Distance in bytes to the sample that a filter predicts from: one pixel, at least one byte.</summary>
    public int FilterDistance => Math.Max(1, Samples * Depth / 8);

    public static PngHeader Parse(string file, ReadOnlySpan<byte> data)
    {
        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        ImageHeader.CheckSize(file, width, height);
        var (depth, colour, compression, filter, interlace) = (data[8], data[9], data[10], data[11], data[12]);
        var allowed = (PngColour)colour switch
        {
            PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColour.Palette => depth is 1 or 2 or 4 or 8,
            PngColour.Rgb or PngColour.GreyAlpha or PngColour.RgbAlpha => depth is 8 or 16,
            _ => throw DataException.Expected(file, "PNG colour type 0, 2, 3, 4 or 6", $"{colour}"),
        };
        if (!allowed)
        {
            throw DataException.Expected(file, $"a PNG bit depth that goes with colour type {colour}", $"{depth}");
        }

        if (compression != 0 || filter != 0 || interlace > 1)
        {
            throw DataException.Expected(
                file, "PNG compression 0, filter 0, interlace 0 or 1", $"{compression}, {filter}, {interlace}");
        }

        return new PngHeader((int)width, (int)height, depth, (PngColour)colour, Interlaced: interlace == 1);
    }
}
