namespace IlgpuVq.Models.Images;

/// <summary>The first image of a TIFF file: grey, palette or red, green, blue; whole numbers; in strips.</summary>
/// <remarks>
/// <para>Read are 1, 2, 4, 8 or 16 bits of grey, palettes of up to 8 bits, and 8 or 16 bits of red, green and blue, with alpha or
/// without; not compressed, or by LZW, Deflate or PackBits. 16 bits become the nearest of 8. What else there is (tiles, floats,
/// inks, facsimile, JPEG inside) is told apart from a damaged file.</para>
/// <para>The decoder is given the file with a directory of its own: the fields of this image, and no others.</para>
/// <para>Source: TIFF, revision 6.0 (Adobe, 1992).</para>
/// </remarks>
internal sealed class TiffFile : PackedImage
{
    private const ushort WidthTag = 256, HeightTag = 257, BitsTag = 258, CompressionTag = 259, PhotometricTag = 262,
        FillOrderTag = 266, OffsetsTag = 273, SamplesTag = 277, RowsTag = 278, LengthsTag = 279, PlanarTag = 284,
        PredictorTag = 317, PaletteTag = 320, TileWidthTag = 322, ExtraSamplesTag = 338, SampleFormatTag = 339;

    private const uint WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, IndexOfPalette = 3;
    private const uint NotCompressed = 1, Lzw = 5, Deflate = 8, OldDeflate = 32946, PackBits = 32773;

    /// <summary>Alpha that red, green and blue are multiplied with, and alpha that they are not.</summary>
    private const uint AssociatedAlpha = 1, SeparateAlpha = 2;

    private readonly ImageReader reader;
    private readonly TiffDirectory directory;
    private ImagePalette? palette;
    private uint bits;
    private uint samples;
    private uint photometric;
    private uint compression;
    private uint predictor;
    private bool isPlanar;
    private bool isPremultiplied;

    private TiffFile(ImageReader reader, TiffDirectory directory)
    {
        (this.reader, this.directory) = (reader, directory);
        Orientation = ExifOrientation.OfDirectory(directory);
        var (width, height) = (directory.Number(WidthTag, 0), directory.Number(HeightTag, 0));
        ImageHeader.CheckSize(reader.File, width, height);
        (Width, Height) = ((int)width, (int)height);
        ReadSamples();
        ReadColours();
        ReadCompression();
        IsColour = palette?.IsColour ?? photometric == Rgb;
    }

    public static TiffFile Read(ImageReader reader) => new(reader, TiffDirectory.ReadFirst(reader));

    protected override DecodedImage DecodeStored(byte[] data, string file)
    {
        var plain = MakePlain(data);
        var limit = PackageImages.TimeLimit(PixelCount);
        if (photometric == Rgb)
        {
            var image = PackageImages.Decode(ImageFormat.Tiff, plain, (Width, Height), (int)samples, file, limit);
            if (isPremultiplied)
            {
                Unmultiply(image.Pixels);
            }

            return image;
        }

        var grey = PackageImages.Decode(ImageFormat.Tiff, plain, (Width, Height), channels: 1, file, limit);
        if (photometric == WhiteIsZero)
        {
            foreach (ref var value in grey.Pixels.AsSpan())
            {
                value = (byte)(byte.MaxValue - value);
            }
        }

        if (palette is null)
        {
            return grey;
        }

        // The decoder took indices for greys: the largest became 255.
        var step = (byte)(255 / ((1 << (int)bits) - 1));
        foreach (ref var value in grey.Pixels.AsSpan())
        {
            value /= step;
        }

        return palette.Expand(grey.Pixels, (Width, Height), file);
    }

    /// <summary>Divides red, green and blue by alpha, rounded; black where alpha is 0.</summary>
    private static void Unmultiply(Span<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            for (var c = i; c < i + 3; c++)
            {
                pixels[c] = alpha == 0 ? (byte)0 : (byte)Math.Min(255, ((pixels[c] * 255) + (alpha / 2)) / alpha);
            }
        }
    }

    private void ReadSamples()
    {
        samples = directory.Number(SamplesTag, 1);
        var all = directory.Has(BitsTag) ? directory.Numbers(BitsTag) : [1];
        if (samples is 0 or > 4 || all.Length == 0)
        {
            throw reader.Unsupported("a TIFF image of 1, 3 or 4 samples per pixel", $"{samples}");
        }

        bits = all[0];
        if (all.Length != samples || all.Any(each => each != bits))
        {
            throw reader.Unsupported($"one number of bits for each of {samples} samples", string.Join(", ", all.Take(8)));
        }

        if (directory.Numbers(SampleFormatTag).Any(format => format != 1))
        {
            throw reader.Unsupported("TIFF samples that are whole numbers", "signed or floating-point samples");
        }

        isPlanar = directory.Number(PlanarTag, 1) switch
        {
            1 => false,
            2 => samples > 1, // one sample per pixel is the same either way
            var other => throw reader.Broken("planar configuration 1 or 2", $"{other}"),
        };
        if (directory.Number(FillOrderTag, 1) != 1)
        {
            throw reader.Unsupported("TIFF bytes filled from their high bit", "the other order");
        }

        if (directory.Has(TileWidthTag))
        {
            throw reader.Unsupported("a TIFF image in strips", "tiles");
        }
    }

    private void ReadColours()
    {
        photometric = directory.Number(PhotometricTag, uint.MaxValue);
        var isRead = photometric switch
        {
            WhiteIsZero or BlackIsZero => samples == 1 && bits is 1 or 2 or 4 or 8 or 16,
            Rgb => samples is 3 or 4 && bits is 8 or 16,
            IndexOfPalette => samples == 1 && bits is 1 or 2 or 4 or 8,
            uint.MaxValue => throw reader.Broken("a TIFF image that says how its samples mean colours", "none"),
            _ => false,
        };
        var extra = directory.Numbers(ExtraSamplesTag);
        if (!isRead || (extra.Length > 0 && samples != 4))
        {
            throw reader.Unsupported(
                "TIFF grey or palette of one sample, or red, green, blue and at most alpha, 8 or 16 bits",
                $"photometric interpretation {photometric} of {samples} samples of {bits} bits");
        }

        if (samples == 4)
        {
            isPremultiplied = extra is [AssociatedAlpha];
            if (extra is not [AssociatedAlpha or SeparateAlpha])
            {
                throw reader.Unsupported("a fourth TIFF sample that is alpha", "one of unknown meaning");
            }
        }

        palette = photometric == IndexOfPalette ? ReadPalette() : null;
    }

    private ImagePalette ReadPalette()
    {
        var count = 1 << (int)bits;
        var values = directory.Numbers(PaletteTag);
        if (values.Length != 3 * count)
        {
            throw reader.Broken($"a TIFF palette of {3 * count} numbers", $"{values.Length}");
        }

        // All reds, all greens, all blues, in 16 bits.
        var colours = new byte[3 * count];
        for (var i = 0; i < colours.Length; i++)
        {
            colours[i] = (byte)(((Math.Min(values[(i % 3 * count) + (i / 3)], 65535) * 255) + 32767) / 65535);
        }

        return new ImagePalette(colours);
    }

    private void ReadCompression()
    {
        compression = directory.Number(CompressionTag, NotCompressed);
        if (compression is not (NotCompressed or Lzw or Deflate or OldDeflate or PackBits))
        {
            throw reader.Unsupported("TIFF compression by LZW, Deflate or PackBits, or none", $"compression {compression}");
        }

        // The other compressions know no predictor; a field that says otherwise means nothing.
        predictor = compression is Lzw or Deflate or OldDeflate ? directory.Number(PredictorTag, 1) : 1;
        if (predictor != 1 && (predictor != 2 || bits < 8 || isPlanar))
        {
            throw reader.Unsupported(
                "TIFF differences (predictor 2) only of 8 or 16 bits, samples of a pixel together",
                $"predictor {predictor} of {bits} bits");
        }
    }

    /// <summary>Checks where the strips lie, and gives the file with a directory of what was checked.</summary>
    private byte[] MakePlain(byte[] data)
    {
        var rows = (uint)Math.Clamp(directory.Number(RowsTag, uint.MaxValue), 1, (uint)Height);
        var strips = (int)(((uint)Height + rows - 1) / rows);
        var planes = isPlanar ? (int)samples : 1;
        var (offsets, lengths) = (directory.Numbers(OffsetsTag), directory.Numbers(LengthsTag));
        if (offsets.Length != strips * planes || lengths.Length != offsets.Length)
        {
            throw reader.Broken(
                $"{strips * planes} TIFF strips of {rows} rows", $"{offsets.Length} places, {lengths.Length} lengths");
        }

        var rowBytes = (((long)Width * bits * (isPlanar ? 1 : samples)) + 7) / 8;
        var total = 0L;
        for (var i = 0; i < offsets.Length; i++)
        {
            var stripRows = i % strips == strips - 1 ? (uint)Height - ((uint)(strips - 1) * rows) : rows;
            CheckStrip(data, offsets[i], lengths[i], rowBytes * stripRows);
            total += lengths[i];
        }

        if (total > data.LongLength)
        {
            throw reader.Broken($"TIFF strips of at most {data.LongLength} bytes together, the length of the file", $"{total}");
        }

        List<(ushort, ushort, uint[])> fields =
        [
            (WidthTag, TiffDirectory.Longs, [(uint)Width]),
            (HeightTag, TiffDirectory.Longs, [(uint)Height]),
            (BitsTag, TiffDirectory.Shorts, [.. Enumerable.Repeat(bits, (int)samples)]),
            (CompressionTag, TiffDirectory.Shorts, [compression]),
            (PhotometricTag, TiffDirectory.Shorts, [photometric == Rgb ? Rgb : BlackIsZero]),
            (OffsetsTag, TiffDirectory.Longs, offsets),
            (SamplesTag, TiffDirectory.Shorts, [samples]),
            (RowsTag, TiffDirectory.Longs, [rows]),
            (LengthsTag, TiffDirectory.Longs, lengths),
            (PlanarTag, TiffDirectory.Shorts, [isPlanar ? 2u : 1u]),
            (PredictorTag, TiffDirectory.Shorts, [predictor]),
        ];
        if (samples == 4)
        {
            fields.Add((ExtraSamplesTag, TiffDirectory.Shorts, [SeparateAlpha]));
        }

        return TiffDirectory.Append(data, reader.IsBigEndian, fields);
    }

    private void CheckStrip(byte[] data, uint offset, uint length, long unpacked)
    {
        if (offset + (long)length > data.LongLength)
        {
            throw reader.Truncated();
        }

        // What one byte can become at most: PackBits 128 bytes from two; LZW a string of 4095 bytes from 12 bits; Deflate 1032.
        var most = compression switch
        {
            NotCompressed => length,
            PackBits => 64L * length,
            Lzw => 2730L * length,
            _ => 1032L * length,
        };
        if (most < unpacked)
        {
            throw reader.Broken($"the {unpacked} bytes of a TIFF strip", $"{length} bytes, which unpack to {most} at most");
        }
    }
}
