using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>The kinds of image files that are read and written.</summary>
internal enum ImageFormat
{
    Png,
    Jpeg,
    Bmp,
    Gif,
    WebP,
    Tiff,
}

/// <summary>Tells the kinds of image files apart: by content when they are read, by name when they are written.</summary>
internal static class ImageFormats
{
    /// <summary>How many bytes of a file tell its kind.</summary>
    public const int SignatureLength = 12;

    public const string Names = "a PNG, JPEG, BMP, GIF, WebP or TIFF image";

    private static readonly (string Extension, ImageFormat Format)[] Extensions =
    [
        (".png", ImageFormat.Png), (".jpg", ImageFormat.Jpeg), (".jpeg", ImageFormat.Jpeg), (".bmp", ImageFormat.Bmp),
        (".gif", ImageFormat.Gif), (".webp", ImageFormat.WebP), (".tif", ImageFormat.Tiff), (".tiff", ImageFormat.Tiff),
    ];

    public static string NameOf(ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();

    /// <exception cref="DataException">No image of these kinds starts so.</exception>
    public static ImageFormat OfContent(string file, ReadOnlySpan<byte> start)
    {
        // Four bytes are enough to mean PNG: what follows them shows whether the file was damaged on its way.
        return start switch
        {
            _ when start.StartsWith(PngChunkReader.Signature[..4]) => ImageFormat.Png,
            [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
            _ when start.StartsWith("GIF8"u8) => ImageFormat.Gif,
            _ when start.StartsWith("RIFF"u8) && start.EndsWith("WEBP"u8) => ImageFormat.WebP,
            _ when start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) => ImageFormat.Tiff,
            _ when start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8) => ImageFormat.Tiff,
            [(byte)'B', (byte)'M', ..] => ImageFormat.Bmp,
            [] => throw DataException.Expected(file, Names, "an empty file"),
            _ => throw DataException.Expected(file, Names, $"a file that starts with {Convert.ToHexString(start)}"),
        };
    }

    /// <summary>Whether a file ends as files of its kind do. One that was cut does not; one with something behind the image may
    /// not either.</summary>
    /// <remarks>WebP says its length at the start, where reading the header compares it; TIFF has no order to tell by.</remarks>
    public static bool EndsWell(ImageFormat format, Stream stream) => format switch
    {
        ImageFormat.Png => EndsWith(stream, PngEnd),
        ImageFormat.Jpeg => EndsWith(stream, [0xFF, 0xD9]),
        ImageFormat.Gif => EndsWith(stream, [0x3B]),
        ImageFormat.Bmp => LengthInBmp(stream) == stream.Length,
        _ => true,
    };

    /// <summary>What a name asks for; a name without an extension means PNG.</summary>
    /// <exception cref="DataException">The extension is of no kind that is written.</exception>
    public static ImageFormat OfName(string file)
    {
        var extension = Path.GetExtension(file);
        if (extension.Length == 0)
        {
            return ImageFormat.Png;
        }

        foreach (var (known, format) in Extensions)
        {
            if (extension.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        var names = string.Join(", ", Extensions.Select(entry => entry.Extension));
        throw DataException.Expected(file, $"a file name that ends in one of {names}", $"\"{extension}\"", "Rename the output.");
    }

    private static ReadOnlySpan<byte> PngEnd => [0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    private static bool EndsWith(Stream stream, ReadOnlySpan<byte> end)
    {
        Span<byte> found = stackalloc byte[end.Length];
        stream.Position = Math.Max(0, stream.Length - end.Length);
        return InputFile.Fill(stream, found) == end.Length && found.SequenceEqual(end);
    }

    private static uint LengthInBmp(Stream stream)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        stream.Position = 2;
        return InputFile.Fill(stream, length) == length.Length ? BinaryPrimitives.ReadUInt32LittleEndian(length) : 0;
    }
}
