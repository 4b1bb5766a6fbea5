using System.IO.Compression;

namespace IlgpuVq.Models.Images;

/// <summary>Reads PNG: every colour type, 1 to 16 bits, interlaced or not, palettes and transparency.</summary>
/// <remarks>
/// <para>Whatever breaks a rule of the format is refused with a <see cref="DataException"/>; nothing is repaired. Every chunk's
/// checksum is checked. What follows IEND is ignored.</para>
/// <para>Memory: the decoded pixels and two scan lines. They are allocated only when the file is long enough to
/// hold them.</para>
/// <para>Source: PNG specification (third edition), https://www.w3.org/TR/png-3/.</para>
/// </remarks>
internal static class PngDecoder
{
    /// <summary>No deflate stream expands further: 258 bytes from two bits, and a little for rounding.</summary>
    private const long MaximumExpansion = 1040;

    /// <summary>The seven passes of an interlaced image: first column and row, and distance to the next.</summary>
    private static readonly PngPass[] Adam7 =
    [
        new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2),
    ];

    private static readonly PngPass[] WholeImage = [new(0, 0, 1, 1)];

    private readonly record struct PngPass(int FirstColumn, int FirstRow, int ColumnStep, int RowStep)
    {
        public int Columns(int width) => Math.Max(0, (width - FirstColumn + ColumnStep - 1) / ColumnStep);

        public int Rows(int height) => Math.Max(0, (height - FirstRow + RowStep - 1) / RowStep);
    }

    /// <summary>Reads and checks no more than the first chunk.</summary>
    public static ImageHeader ReadHeader(Stream stream, string file)
    {
        var chunks = new PngChunkReader(stream, file);
        var header = ReadHeaderChunk(chunks);
        chunks.Next();
        return header.ToImageHeader();
    }

    public static DecodedImage Decode(Stream stream, string file)
    {
        var chunks = new PngChunkReader(stream, file);
        var header = ReadHeaderChunk(chunks);
        var format = ReadUntilImageData(chunks, header);
        CheckLength(stream, header, file);
        var pixels = new byte[header.Width * header.Height * format.Channels]; // fits: see MaximumPixels
        ReadImageData(chunks, header, format, pixels);
        ReadUntilEnd(chunks);
        return new DecodedImage(header.Width, header.Height, format.Channels, pixels);
    }

    private static PngHeader ReadHeaderChunk(PngChunkReader chunks)
    {
        chunks.Next();
        if (chunks.Name != "IHDR" || chunks.Length != PngHeader.Length)
        {
            throw chunks.Broken($"an IHDR chunk of {PngHeader.Length} bytes first", $"{chunks.Name} of {chunks.Length} bytes");
        }

        return PngHeader.Parse(chunks.File, chunks.ReadData());
    }

    private static PngPixelFormat ReadUntilImageData(PngChunkReader chunks, PngHeader header)
    {
        byte[]? palette = null;
        byte[]? transparency = null;
        for (chunks.Next(); chunks.Name != "IDAT"; chunks.Next())
        {
            switch (chunks.Name)
            {
                case "PLTE" when palette is null && transparency is null:
                    palette = ReadPalette(chunks, header);
                    break;
                case "tRNS" when transparency is null:
                    transparency = ReadTransparency(chunks, header, palette);
                    break;
                case "IHDR" or "PLTE" or "tRNS" or "IEND":
                    throw chunks.Broken("one IHDR, then at most one PLTE, one tRNS, then IDAT", $"{chunks.Name} out of order");
                default:
                    RefuseCritical(chunks);
                    break;
            }
        }

        if (header.Colour == PngColour.Palette && palette is null)
        {
            throw chunks.Broken("PLTE before IDAT in an image with a palette", "none");
        }

        return new PngPixelFormat(chunks.File, header, palette, transparency);
    }

    private static byte[] ReadPalette(PngChunkReader chunks, PngHeader header)
    {
        if (header.Colour is PngColour.Grey or PngColour.GreyAlpha)
        {
            throw chunks.Broken("no PLTE in a grey image", "one");
        }

        var most = header.Colour == PngColour.Palette ? 1 << header.Depth : 256;
        if (chunks.Length == 0 || chunks.Length % 3 != 0 || chunks.Length / 3 > most)
        {
            throw chunks.Broken($"PLTE with 1 to {most} entries of 3 bytes", $"{chunks.Length} bytes");
        }

        return chunks.ReadData();
    }

    private static byte[] ReadTransparency(PngChunkReader chunks, PngHeader header, byte[]? palette)
    {
        var entries = palette is null ? 0 : palette.Length / 3;
        var (rule, fits) = header.Colour switch
        {
            PngColour.Grey => ("tRNS of 2 bytes", chunks.Length == 2),
            PngColour.Rgb => ("tRNS of 6 bytes", chunks.Length == 6),
            PngColour.Palette when palette is null => ("PLTE before tRNS", false),
            PngColour.Palette => ($"tRNS of 1 to {entries} bytes", chunks.Length > 0 && chunks.Length <= entries),
            _ => ("no tRNS beside an alpha channel", false),
        };
        return fits ? chunks.ReadData() : throw chunks.Broken(rule, $"{chunks.Length} bytes");
    }

    private static void RefuseCritical(PngChunkReader chunks)
    {
        if (chunks.IsCritical)
        {
            throw DataException.Expected(chunks.File, "only PNG chunks of the standard", $"the critical chunk {chunks.Name}");
        }
    }

    private static void CheckLength(Stream stream, PngHeader header, string file)
    {
        if (!stream.CanSeek)
        {
            return;
        }

        var expected = 0L;
        foreach (var pass in header.Interlaced ? Adam7 : WholeImage)
        {
            var columns = pass.Columns(header.Width);
            expected += columns == 0 ? 0 : pass.Rows(header.Height) * (1 + header.RowBytes(columns));
        }

        if (expected > stream.Length * MaximumExpansion)
        {
            throw DataException.Expected(
                file,
                $"the {expected} bytes of a {header.Width}×{header.Height} image",
                $"a file of {stream.Length} bytes",
                "The file is damaged.");
        }
    }

    private static void ReadImageData(PngChunkReader chunks, PngHeader header, PngPixelFormat format, byte[] pixels)
    {
        using var data = new PngImageData(chunks);
        using var inflater = new ZLibStream(data, CompressionMode.Decompress);
        try
        {
            foreach (var pass in header.Interlaced ? Adam7 : WholeImage)
            {
                ReadPass(inflater, chunks, header, format, pass, pixels);
            }

            // One byte more lets the inflater see and check the end of its stream. Should there be more data, it is not wanted.
            _ = inflater.ReadByte();
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            // The inflater's own complaints; the chunk reader has turned those of the file system into data errors already.
            throw chunks.Broken("image data that inflates", "damaged data");
        }
    }

    private static void ReadPass(
        Stream inflater, PngChunkReader chunks, PngHeader header, PngPixelFormat format, PngPass pass, byte[] pixels)
    {
        var columns = pass.Columns(header.Width);
        if (columns == 0)
        {
            return;
        }

        var lineBytes = checked((int)(1 + header.RowBytes(columns)));
        var (line, above) = (new byte[lineBytes], new byte[lineBytes]);
        var scattered = pass.ColumnStep == 1 ? [] : new byte[columns * format.Channels];
        for (var y = pass.FirstRow; y < header.Height; y += pass.RowStep)
        {
            if (InputFile.Fill(inflater, line) < lineBytes)
            {
                throw chunks.Broken($"image data for {header.Height} rows", "its end before the last row");
            }

            if (line[0] >= PngFilter.Count)
            {
                throw chunks.Broken($"a filter below {PngFilter.Count} before each row", $"{line[0]}");
            }

            PngFilter.Undo(line[0], line.AsSpan(1), above.AsSpan(1), header.FilterDistance);
            var row = pixels.AsSpan(y * header.Width * format.Channels, header.Width * format.Channels);
            if (pass.ColumnStep == 1)
            {
                format.Expand(line.AsSpan(1), columns, row);
            }
            else
            {
                format.Expand(line.AsSpan(1), columns, scattered);
                Scatter(scattered, row, format.Channels, pass);
            }

            (line, above) = (above, line);
        }
    }

    private static void Scatter(ReadOnlySpan<byte> pixels, Span<byte> row, int channels, PngPass pass)
    {
        var target = pass.FirstColumn * channels;
        for (var source = 0; source < pixels.Length; source += channels, target += pass.ColumnStep * channels)
        {
            pixels.Slice(source, channels).CopyTo(row[target..]);
        }
    }

    private static void ReadUntilEnd(PngChunkReader chunks)
    {
        while (chunks.Name == "IDAT")
        {
            chunks.Next();
        }

        for (; chunks.Name != "IEND"; chunks.Next())
        {
            if (chunks.Name is "IHDR" or "PLTE" or "tRNS" or "IDAT")
            {
                throw chunks.Broken("IDAT chunks in one run, and no table after them", $"another {chunks.Name}");
            }

            RefuseCritical(chunks);
        }

        if (chunks.Length != 0)
        {
            throw chunks.Broken("an empty IEND", $"{chunks.Length} bytes");
        }

        chunks.Finish();
    }
}
