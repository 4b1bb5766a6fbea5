namespace IlgpuVq.Models.Images;

/// <summary>Reads image files by their content, whatever their name says, and writes them by their name.</summary>
/// <remarks>
/// PNG is read and written here; JPEG, BMP, GIF (its first frame), WebP and TIFF through <see cref="PackageImages"/>. The
/// orientation in EXIF is applied to JPEG, WebP and TIFF; that in PNG is not.
/// </remarks>
public static class ImageFile
{
    /// <summary>Size and kind, from the header of the file alone.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">No such file, no image, or damaged.</exception>
    public static ImageHeader ReadHeader(string path) => Read(path, (format, stream) => format == ImageFormat.Png
        ? PngDecoder.ReadHeader(stream, path)
        : PackedImage.ReadHeader(format, stream, path).ToImageHeader());

    /// <summary>The same after a look at the end of the file too, which tells cheaply that nothing is missing; where it does not,
    /// the file is decoded.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">No such file, no image, damaged, or cut.</exception>
    internal static ImageHeader ReadHeaderAndEnd(string path)
    {
        var (header, isWhole) = Read(path, (format, stream) => (format == ImageFormat.Png
            ? PngDecoder.ReadHeader(stream, path)
            : PackedImage.ReadHeader(format, stream, path).ToImageHeader(), ImageFormats.EndsWell(format, stream)));
        if (!isWhole)
        {
            _ = Load(path);
        }

        return header;
    }

    /// <summary>The image of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">No such file, no image, damaged, too large, or of a kind that is not read.</exception>
    public static DecodedImage Load(string path) => Read(path, (format, stream) => format == ImageFormat.Png
        ? PngDecoder.Decode(stream, path)
        : LoadPacked(format, stream, path));

    /// <summary>Writes a file in the format of its name (PNG where it has no extension), over whatever is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="image">What to write.</param>
    /// <remarks>JPEG and, beyond 256 colours, GIF change the pixels; the other formats keep them.</remarks>
    /// <exception cref="DataException">
    /// The name's extension is of no known format, the format holds no alpha and the image has it, or the file cannot be written.
    /// </exception>
    public static void Save(string path, DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var format = ImageFormats.OfName(path);
        try
        {
            using var content = new MemoryStream();
            if (format == ImageFormat.Png)
            {
                PngEncoder.Encode(content, image);
            }
            else
            {
                PackageImages.Encode(content, format, image, path);
            }

            using var stream = File.Create(path);
            content.WriteTo(stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DataException.Expected(
                path,
                "a file that can be written",
                error.Message,
                "Check the folder, its permissions and the free space.",
                error);
        }
    }

    /// <summary>The content of a PNG file.</summary>
    /// <param name="image">What to write.</param>
    public static byte[] ToPng(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var content = new MemoryStream();
        PngEncoder.Encode(content, image);
        return content.ToArray();
    }

    /// <summary>Refuses a name that <see cref="Save"/> would refuse, before there is an image.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The name's extension is of no known format.</exception>
    public static void CheckName(string path) => ImageFormats.OfName(path);

    private static T Read<T>(string path, Func<ImageFormat, Stream, T> read)
    {
        if (InputFile.IsWithoutLength(path))
        {
            throw DataException.Expected(path, ImageFormats.Names, "an empty file, a pipe, a socket or a device");
        }

        using var stream = InputFile.OpenRead(path);
        try
        {
            Span<byte> start = stackalloc byte[ImageFormats.SignatureLength];
            start = start[..InputFile.Fill(stream, start)];
            stream.Position = 0;
            return read(ImageFormats.OfContent(path, start), stream);
        }
        catch (IOException error)
        {
            throw InputFile.Unreadable(path, error);
        }
    }

    private static DecodedImage LoadPacked(ImageFormat format, Stream stream, string path)
    {
        // Before the file is read as a whole, its header must be fine.
        _ = PackedImage.ReadHeader(format, stream, path);
        if (stream.Length > Array.MaxLength)
        {
            throw DataException.Expected(
                path, $"a file of at most {Array.MaxLength} bytes", $"{stream.Length}", "Save it as PNG.");
        }

        stream.Position = 0;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return PackedImage.ReadHeader(format, new MemoryStream(data), path).Decode(data, path);
    }
}
