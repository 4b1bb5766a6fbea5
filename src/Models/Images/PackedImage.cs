namespace IlgpuVq.Models.Images;

/// <summary>An image file of which the header is known, and nothing is decoded yet.</summary>
internal abstract class PackedImage
{
    /// <summary>
    /// Pixels that any file may have, however short: a picture of one colour can pack into a few bytes (WebP, and BMP with run
    /// lengths, need none for each pixel), and 2²⁴ pixels take no more memory than a photograph does.
    /// </summary>
    private const long FreePixels = 1 << 24;

    /// <summary>
    /// Pixels that each byte of the file allows beyond that. Deflate packs most tightly, 1032 bytes into one, of eight pixels
    /// each; this is twice as much.
    /// </summary>
    private const long PixelsPerByte = 1 << 14;

    /// <summary>Size as stored, before <see cref="Orientation"/> is applied.</summary>
    public int Width { get; protected init; }

    public int Height { get; protected init; }

    public bool IsColour { get; protected init; }

    public ExifOrientation Orientation { get; protected init; } = ExifOrientation.Upright;

    protected long PixelCount => (long)Width * Height;

    /// <summary>Reads the header of a file of the given format.</summary>
    public static PackedImage ReadHeader(ImageFormat format, Stream stream, string file) => format switch
    {
        ImageFormat.Jpeg => JpegFile.Read(new ImageReader(stream, file, "JPEG") { IsBigEndian = true }),
        ImageFormat.Bmp => BmpFile.Read(new ImageReader(stream, file, "BMP")),
        ImageFormat.Gif => GifFile.Read(new ImageReader(stream, file, "GIF")),
        ImageFormat.WebP => WebPFile.Read(new ImageReader(stream, file, "WebP")),
        ImageFormat.Tiff => TiffFile.Read(new ImageReader(stream, file, "TIFF")),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "PNG has a reader of its own"),
    };

    public ImageHeader ToImageHeader() => Orientation.SwapsAxes
        ? new ImageHeader(Height, Width, IsColour)
        : new ImageHeader(Width, Height, IsColour);

    /// <summary>Checks the rest of the file, then decodes it.</summary>
    /// <param name="data">The whole file, whose header this is.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">The file is damaged, too large, or of a kind that is not read.</exception>
    public DecodedImage Decode(byte[] data, string file)
    {
        if (PixelCount > FreePixels + (PixelsPerByte * data.LongLength))
        {
            throw DataException.Expected(
                file,
                $"at most {FreePixels + (PixelsPerByte * data.LongLength)} pixels in a file of {data.LongLength} bytes",
                $"{Width}×{Height}",
                "If the file is not damaged, save it as PNG.");
        }

        return Orientation.Apply(DecodeStored(data, file));
    }

    /// <summary>The image as stored.</summary>
    protected abstract DecodedImage DecodeStored(byte[] data, string file);
}
