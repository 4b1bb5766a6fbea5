using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace IlgpuVq.Train.Images;

/// <summary>Decodes JPEG by the system's libturbojpeg, through the functions that its versions 2 and 3 share.</summary>
/// <remarks>
/// <para>Grey stays grey; YCbCr and RGB become RGB; CMYK and YCCK become RGB by the product of ink and black, without a colour
/// profile. The orientation in EXIF is not applied.</para>
/// <para>The library is looked for at first use. Without it only JPEG fails, with the name of the package to install.</para>
/// </remarks>
internal static unsafe class TurboJpeg
{
    // Values of turbojpeg.h.
    private const int PixelRgb = 0, PixelGrey = 6, PixelCmyk = 11;
    private const int AccurateDct = 4096, LimitScans = 32768;
    private const int Flags = AccurateDct | LimitScans;
    private const int ErrorIsWarning = 0;

    private static readonly Lazy<Functions?> Loaded = new(Load);

    /// <summary>Whether JPEG can be read on this machine.</summary>
    public static bool IsAvailable => Loaded.Value is not null;

    /// <exception cref="DataException">The library is not installed.</exception>
    public static void Require(string file) => _ = GetFunctions(file);

    /// <exception cref="DataException">The library is not installed, or the file is damaged or of a kind that it does not
    /// read.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> data, JpegHeader header, string file)
    {
        var library = GetFunctions(file);
        var (width, height) = (header.Width, header.Height);
        var (format, channels) = header.Components switch
        {
            1 => (PixelGrey, 1),
            4 => (PixelCmyk, 4),
            _ => (PixelRgb, 3),
        };
        var pixels = new byte[width * height * channels]; // fits: see MaximumPixels
        var decoder = library.InitDecompress();
        if (decoder == 0)
        {
            throw new DataException($"{file}: libturbojpeg could not start a decoder. Is there enough memory?");
        }

        try
        {
            fixed (byte* source = data, target = pixels)
            {
                // The library scales an image that is larger than the target, so it writes inside it whatever the file says.
                var status = library.Decompress(
                    decoder, source, new CULong((uint)data.Length), target, width, width * channels, height, format, Flags);
                CheckStatus(library, decoder, status, data, file);
            }
        }
        finally
        {
            _ = library.Destroy(decoder);
        }

        return format == PixelCmyk
            ? new DecodedImage(width, height, channels: 3, ToRgb(pixels))
            : new DecodedImage(width, height, channels, pixels);
    }

    private static byte[] ToRgb(byte[] cmyk)
    {
        var rgb = new byte[cmyk.Length / 4 * 3];
        for (int i = 0, target = 0; i < cmyk.Length; i += 4)
        {
            var black = cmyk[i + 3];
            for (var c = 0; c < 3; c++)
            {
                // Files store 255 − ink, as Adobe's programs write it: what is stored is light, and light multiplies.
                rgb[target++] = (byte)(((cmyk[i + c] * black) + 127) / 255);
            }
        }

        return rgb;
    }

    private static void CheckStatus(Functions library, nint decoder, int status, ReadOnlySpan<byte> data, string file)
    {
        if (status == 0)
        {
            return;
        }

        var text = Marshal.PtrToStringUTF8((nint)library.GetErrorText(decoder)) ?? "no reason given";
        if (library.GetErrorCode(decoder) != ErrorIsWarning || !IsHarmless(text, data))
        {
            throw DataException.Expected(
                file,
                "a whole JPEG image of a kind that libturbojpeg reads",
                $"its message \"{text}\"",
                "Save the image anew, or as PNG.");
        }
    }

    /// <summary>The warnings of libjpeg after which every pixel is still what the file meant.</summary>
    private static bool IsHarmless(string warning, ReadOnlySpan<byte> data)
    {
        // Bytes between segments that belong to none; a progressive image that leaves out a scan.
        if (warning.Contains("extraneous bytes before marker", StringComparison.Ordinal)
            || warning.Contains("Inconsistent progression sequence", StringComparison.Ordinal))
        {
            return true;
        }

        // A scan that stops early: meant so if the file goes on to its end marker, else the file was cut.
        return warning.Contains("premature end of data segment", StringComparison.Ordinal)
            && data.TrimEnd((byte)0).EndsWith(JpegHeader.End);
    }

    private static Functions GetFunctions(string file) => Loaded.Value ?? throw DataException.Expected(
        file,
        "libturbojpeg on this machine, to read JPEG",
        "none",
        "Install it (Debian: apt install libturbojpeg0; Ubuntu: apt install libturbojpeg; Fedora: dnf install turbojpeg; "
        + "macOS: brew install jpeg-turbo), or convert the images to PNG.");

    private static Functions? Load()
    {
        foreach (var name in LibraryNames())
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return Functions.TryCreate(library, out var functions) ? functions : null;
            }
        }

        return null;
    }

    private static string[] LibraryNames()
    {
        if (OperatingSystem.IsWindows())
        {
            return ["turbojpeg.dll", "libturbojpeg.dll"];
        }

        return OperatingSystem.IsMacOS()
            ? [
                "libturbojpeg.0.dylib",
                "libturbojpeg.dylib",
                "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib",
                "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
            ]
            : ["libturbojpeg.so.0", "libturbojpeg.so", "/opt/libjpeg-turbo/lib64/libturbojpeg.so"];
    }

    /// <summary>The entry points; sizes are C's unsigned long.</summary>
    private sealed class Functions
    {
        public required delegate* unmanaged<nint> InitDecompress { get; init; }

        public required delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress { get; init; }

        public required delegate* unmanaged<nint, byte*> GetErrorText { get; init; }

        public required delegate* unmanaged<nint, int> GetErrorCode { get; init; }

        public required delegate* unmanaged<nint, int> Destroy { get; init; }

        public static bool TryCreate(nint library, [NotNullWhen(true)] out Functions? functions)
        {
            functions = null;
            if (!NativeLibrary.TryGetExport(library, "tjInitDecompress", out var init)
                || !NativeLibrary.TryGetExport(library, "tjDecompress2", out var decompress)
                || !NativeLibrary.TryGetExport(library, "tjGetErrorStr2", out var errorText)
                || !NativeLibrary.TryGetExport(library, "tjGetErrorCode", out var errorCode)
                || !NativeLibrary.TryGetExport(library, "tjDestroy", out var destroy))
            {
                return false;
            }

            functions = new Functions
            {
                InitDecompress = (delegate* unmanaged<nint>)init,
                Decompress = (delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int>)decompress,
                GetErrorText = (delegate* unmanaged<nint, byte*>)errorText,
                GetErrorCode = (delegate* unmanaged<nint, int>)errorCode,
                Destroy = (delegate* unmanaged<nint, int>)destroy,
            };
            return true;
        }
    }
}
