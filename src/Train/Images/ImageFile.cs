#if UPSTREAM
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
#endif

namespace IlgpuVq.Train.Images;

/// <summary>Reads image files by their content, whatever their name says, and writes PNG.</summary>
/// <remarks>
/// PNG is read by <see cref="PngDecoder"/>, JPEG by the system's libturbojpeg (<see cref="TurboJpeg"/>). Built with
/// <c>-p:Upstream=true</c>, SixLabors.ImageSharp does both, and reads what else it knows.
/// </remarks>
public static class ImageFile
{
    /// <summary>Size and kind, from the first bytes of the file alone.</summary>
    /// <exception cref="DataException">No such file, no image, or damaged.</exception>
    public static ImageHeader ReadHeader(string path) => Read(path, Identify);

    /// <exception cref="DataException">No such file, no image, damaged, too large, or JPEG without libturbojpeg.</exception>
    public static DecodedImage Load(string path) => Read(path, Decode);

    /// <summary>Writes a PNG file, over whatever is there.</summary>
    /// <exception cref="DataException">The name does not end in .png, or the file cannot be written.</exception>
    public static void Save(string path, DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase))
        {
            throw DataException.Expected(
                path, "a file name that ends in .png", $"\"{Path.GetExtension(path)}\"", "Rename the output.");
        }

        try
        {
            using var stream = File.Create(path);
            Encode(stream, image);
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

    private static T Read<T>(string path, Func<Stream, string, T> read)
    {
        using var stream = InputFile.OpenRead(path);
        try
        {
            return read(stream, path);
        }
        catch (IOException error)
        {
            throw InputFile.Unreadable(path, error);
        }
    }

#if UPSTREAM
    private static ImageHeader Identify(Stream stream, string path)
    {
        try
        {
            var info = Image.Identify(stream);
            var isGrey = (info.Metadata.TryGetPngMetadata(out var png)
                    && png.ColorType is PngColorType.Grayscale or PngColorType.GrayscaleWithAlpha)
                || (info.Metadata.DecodedImageFormat is JpegFormat
                    && info.Metadata.GetJpegMetadata().ColorType is JpegEncodingColor.Luminance);
            ImageHeader.CheckSize(path, (uint)info.Width, (uint)info.Height);
            return new ImageHeader(info.Width, info.Height, IsColour: !isGrey);
        }
        catch (ImageFormatException error)
        {
            throw DataException.Expected(path, "an image", error.Message, inner: error);
        }
    }

    private static DecodedImage Decode(Stream stream, string path)
    {
        var header = Identify(stream, path);
        stream.Position = 0;
        try
        {
            return header.IsColour ? Decode<Rgba32>(stream, channels: 4) : Decode<La16>(stream, channels: 2);
        }
        catch (ImageFormatException error)
        {
            throw DataException.Expected(path, "a whole image", error.Message, "The file is damaged.", error);
        }
    }

    private static DecodedImage Decode<TPixel>(Stream stream, int channels)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var image = Image.Load<TPixel>(stream);
        var pixels = new byte[image.Width * image.Height * channels];
        image.CopyPixelDataTo(pixels);
        return new DecodedImage(image.Width, image.Height, channels, pixels);
    }

    private static void Encode(Stream stream, DecodedImage image)
    {
        using Image pixels = image.Channels switch
        {
            1 => Image.LoadPixelData<L8>(image.Pixels, image.Width, image.Height),
            2 => Image.LoadPixelData<La16>(image.Pixels, image.Width, image.Height),
            3 => Image.LoadPixelData<Rgb24>(image.Pixels, image.Width, image.Height),
            _ => Image.LoadPixelData<Rgba32>(image.Pixels, image.Width, image.Height),
        };
        pixels.SaveAsPng(stream);
    }
#else
    private static ImageHeader Identify(Stream stream, string path)
    {
        if (IsPng(stream, path))
        {
            return PngDecoder.ReadHeader(stream, path);
        }

        TurboJpeg.Require(path);
        return JpegHeader.Read(stream, path).ToImageHeader();
    }

    private static DecodedImage Decode(Stream stream, string path)
    {
        if (IsPng(stream, path))
        {
            return PngDecoder.Decode(stream, path);
        }

        var header = JpegHeader.Read(stream, path);
        if (stream.Length > Array.MaxLength)
        {
            throw DataException.Expected(path, $"a JPEG file of at most {Array.MaxLength} bytes", $"{stream.Length}");
        }

        stream.Position = 0;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return TurboJpeg.Decode(data, header, path);
    }

    private static void Encode(Stream stream, DecodedImage image) => PngEncoder.Encode(stream, image);

    private static bool IsPng(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[PngChunkReader.Signature.Length];
        start = start[..InputFile.Fill(stream, start)];
        stream.Position = 0;

        // Four bytes are enough to mean PNG: what follows them shows whether the file was damaged on its way.
        if (start.StartsWith(PngChunkReader.Signature[..4]))
        {
            return true;
        }

        return start.StartsWith(JpegHeader.Signature)
            ? false
            : throw DataException.Expected(
                path,
                "a PNG or JPEG image",
                start.IsEmpty ? "an empty file" : $"a file that starts with {Convert.ToHexString(start)}");
    }
#endif
}
