namespace IlgpuVq.Models.Images;

/// <summary>How a stored image must be turned or mirrored to stand upright: tag 274 of EXIF and TIFF, 1 to 8.</summary>
/// <remarks>Source: EXIF 2.32 (CIPA DC-008), section 4.6.4. What is no such number counts as upright.</remarks>
internal readonly record struct ExifOrientation
{
    public const ushort Tag = 274;

    public static readonly ExifOrientation Upright = new(1);

    private readonly int value;

    public ExifOrientation(uint value)
    {
        this.value = value is >= 1 and <= 8 ? (int)value : 1;
    }

    /// <summary>Whether rows become columns.</summary>
    public bool SwapsAxes => value >= 5;

    /// <summary>Reads the block of EXIF that other formats carry, itself a TIFF file without pixels.</summary>
    /// <remarks>A damaged block changes no pixel, so it counts as upright.</remarks>
    public static ExifOrientation OfExif(byte[] block, string file)
    {
        var prefix = "Exif\0\0"u8;
        var start = block.AsSpan().StartsWith(prefix) ? prefix.Length : 0;
        try
        {
            var reader = new ImageReader(new MemoryStream(block, start, block.Length - start), file, "EXIF");
            return OfDirectory(TiffDirectory.ReadFirst(reader));
        }
        catch (DataException)
        {
            return Upright;
        }
    }

    public static ExifOrientation OfDirectory(TiffDirectory directory) =>
        directory.Numbers(Tag) is [var number, ..] ? new ExifOrientation(number) : Upright;

    /// <summary>The image upright; itself where it stands so already.</summary>
    public DecodedImage Apply(DecodedImage image)
    {
        if (value <= 1)
        {
            return image;
        }

        var (w, h, n) = (image.Width, image.Height, image.Channels);
        var (right, down) = (n, w * n);
        var (lastColumn, lastRow) = ((w - 1) * right, (h - 1) * down);

        // Where in the stored image the first pixel lies, and how far its right and its lower neighbour are.
        var (first, stepX, stepY) = value switch
        {
            2 => (lastColumn, -right, down),
            3 => (lastColumn + lastRow, -right, -down),
            4 => (lastRow, right, -down),
            5 => (0, down, right),
            6 => (lastRow, -down, right),
            7 => (lastColumn + lastRow, -down, -right),
            _ => (lastColumn, down, -right),
        };
        var (width, height) = SwapsAxes ? (h, w) : (w, h);
        var pixels = new byte[image.Pixels.Length];
        var target = 0;
        for (var y = 0; y < height; y++)
        {
            var source = first + (y * stepY);
            for (var x = 0; x < width; x++, source += stepX)
            {
                for (var c = 0; c < n; c++)
                {
                    pixels[target++] = image.Pixels[source + c];
                }
            }
        }

        return new DecodedImage(width, height, n, pixels);
    }
}
