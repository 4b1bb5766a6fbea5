using System.Globalization;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Tiff.Constants;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace IlgpuVq.Models.Images;

/// <summary>The only way to SixLabors.ImageSharp: it decodes files that were checked before, scales images, and encodes all but
/// PNG.</summary>
/// <remarks>
/// <para>Run on 900 PNG and JPEG files, version 2.1.13 never ended on four valid images of PngSuite (s01i3p01 to s04i3p01),
/// refused two more (oi9n0g16, oi9n2c16), took cut files and wrong checksums without a word, and threw NullReferenceException,
/// NotSupportedException, ArgumentOutOfRangeException and InvalidDataException. So PNG has a reader and a writer of its own
/// (<see cref="PngDecoder"/>, <see cref="PngEncoder"/>); the others are read by <see cref="PackedImage"/>, which checks a file
/// and hands over a plain one with nothing in it but what makes pixels; and whatever is thrown becomes one line.</para>
/// <para>Decoding takes no more than one processor, and ends for the caller after <see cref="TimeLimit"/> in any case.</para>
/// </remarks>
internal static class PackageImages
{
    /// <summary>
    /// The largest single allocation in MiB: <see cref="DecodedImage.MaximumPixels"/> pixels of four bytes take 683, and a TIFF
    /// strip of them in 16 bits, which takes more, is refused.
    /// </summary>
    private const int AllocationLimit = 1024;

    private const int JpegQuality = 95;

    private static readonly Configuration Settings = MakeSettings();

    /// <summary>How long an image may take to decode: ten seconds, and one microsecond for each pixel.</summary>
    /// <remarks>
    /// Decoders were seen to take 0.01 to 0.05 µs for a pixel. The limit is for files that ask for much more work than for
    /// pixels; ten seconds leave room for a machine that is busy with other things.
    /// </remarks>
    public static TimeSpan TimeLimit(long pixels) => TimeSpan.FromSeconds(10) + TimeSpan.FromMicroseconds(pixels);

    /// <summary>Decodes a file of one image without metadata.</summary>
    /// <param name="format">Any but PNG.</param>
    /// <param name="data">The file.</param>
    /// <param name="size">What its header says.</param>
    /// <param name="channels">1 grey, 3 red green blue, 4 red green blue alpha.</param>
    /// <param name="file">Named in errors.</param>
    /// <param name="limit">When to give up.</param>
    /// <exception cref="DataException">The file is damaged, too large for memory, or takes too long.</exception>
    public static DecodedImage Decode(
        ImageFormat format, byte[] data, (int Width, int Height) size, int channels, string file, TimeSpan limit)
    {
        var name = ImageFormats.NameOf(format);
        try
        {
            return LimitedWork.Run(
                token => channels switch
                {
                    1 => Decode<L8>(format, data, size, channels, token),
                    3 => Decode<Rgb24>(format, data, size, channels, token),
                    _ => Decode<Rgba32>(format, data, size, channels, token),
                },
                limit);
        }
        catch (Exception error) when (IsOfMemory(error))
        {
            throw DataException.Expected(
                file, "an image that fits into memory", $"{size.Width}×{size.Height}", "Resize the image.", error);
        }
        catch (TimeoutException error)
        {
            var seconds = limit.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
            throw DataException.Expected(
                file, $"a {name} image that decodes within {seconds} s", "no end by then", "Save the image as PNG.", error);
        }
        catch (Exception error)
        {
            throw DataException.Expected(
                file, $"a whole {name} image", $"its decoder's {Describe(error)}", "Save the image anew, or as PNG.", error);
        }
    }

    /// <summary>Writes an image without alpha to any format but PNG; BMP and WebP hold alpha, too.</summary>
    /// <remarks>
    /// JPEG is written with quality 95 and full chroma; GIF exactly up to 256 colours, and dithered to 256 beyond; BMP, WebP and
    /// TIFF exactly. Grey stays grey but in WebP.
    /// </remarks>
    /// <exception cref="DataException">The format does not hold alpha, or the image is too large for it.</exception>
    public static void Encode(Stream stream, ImageFormat format, DecodedImage image, string file)
    {
        var name = ImageFormats.NameOf(format);
        if (image.Channels is 2 or 4 && format is ImageFormat.Jpeg or ImageFormat.Gif or ImageFormat.Tiff)
        {
            throw DataException.Expected(
                file, $"an image without alpha for a {name} file", "one with alpha", "Name the output .png, .webp or .bmp.");
        }

        try
        {
            using Image pixels = image.Channels switch
            {
                1 => Image.LoadPixelData<L8>(Settings, image.Pixels, image.Width, image.Height),
                2 => Image.LoadPixelData<La16>(Settings, image.Pixels, image.Width, image.Height),
                3 => Image.LoadPixelData<Rgb24>(Settings, image.Pixels, image.Width, image.Height),
                _ => Image.LoadPixelData<Rgba32>(Settings, image.Pixels, image.Width, image.Height),
            };
            pixels.Save(stream, MakeEncoder(format, image));
        }
        catch (Exception error) when (error is not IOException)
        {
            throw DataException.Expected(
                file, $"a {name} file of the image", $"its encoder's {Describe(error)}", "Name the output .png.", error);
        }
    }

    /// <summary>The image in another size: Catmull-Rom's cubic, as wide as the pixels that it makes.</summary>
    /// <param name="image">Grey, or red, green and blue.</param>
    /// <param name="width">Of the result.</param>
    /// <param name="height">Of the result.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">The image is too large for memory.</exception>
    public static DecodedImage Resize(DecodedImage image, int width, int height, string file)
    {
        try
        {
            return image.IsColour ? Resize<Rgb24>(image, width, height) : Resize<L8>(image, width, height);
        }
        catch (Exception error) when (IsOfMemory(error))
        {
            throw DataException.Expected(
                file, "an image that fits into memory", $"{image.Width}×{image.Height} scaled to {width}×{height}",
                "Resize the image.", error);
        }
    }

    private static DecodedImage Resize<TPixel>(DecodedImage image, int width, int height)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var pixels = Image.LoadPixelData<TPixel>(Settings, image.Pixels, image.Width, image.Height);
        pixels.Mutate(context => context.Resize(new ResizeOptions
        {
            Size = new Size(width, height),
            Mode = ResizeMode.Stretch,
            Sampler = KnownResamplers.CatmullRom,
        }));
        var scaled = new byte[width * height * image.Channels]; // fits: see MaximumPixels
        pixels.CopyPixelDataTo(scaled);
        return new DecodedImage(width, height, image.Channels, scaled);
    }

    private static Configuration MakeSettings()
    {
        return new Configuration(
            new JpegConfigurationModule(),
            new BmpConfigurationModule(),
            new GifConfigurationModule(),
            new WebpConfigurationModule(),
            new TiffConfigurationModule())
        {
            MaxDegreeOfParallelism = 1,
            MemoryAllocator = MemoryAllocator.Create(
                new MemoryAllocatorOptions { AllocationLimitMegabytes = AllocationLimit, MaximumPoolSizeMegabytes = 0 }),
        };
    }

    private static DecodedImage Decode<TPixel>(
        ImageFormat format, byte[] data, (int Width, int Height) size, int channels, CancellationToken token)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        IImageDecoder decoder = format switch
        {
            ImageFormat.Jpeg => new JpegDecoder { IgnoreMetadata = true },
            ImageFormat.Bmp => new BmpDecoder(),
            ImageFormat.Gif => new GifDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First },
            ImageFormat.WebP => new WebpDecoder { IgnoreMetadata = true },
            _ => new TiffDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First },
        };
        using var image = decoder.Decode<TPixel>(Settings, new MemoryStream(data), token);
        if ((image.Width, image.Height) != size)
        {
            throw new InvalidImageContentException($"{image.Width}×{image.Height} pixels instead of {size.Width}×{size.Height}");
        }

        var pixels = new byte[size.Width * size.Height * channels]; // fits: see MaximumPixels
        image.CopyPixelDataTo(pixels);
        return new DecodedImage(size.Width, size.Height, channels, pixels);
    }

    private static IImageEncoder MakeEncoder(ImageFormat format, DecodedImage image) => format switch
    {
        ImageFormat.Jpeg => new JpegEncoder
        {
            Quality = JpegQuality,
            ColorType = image.IsColour ? JpegColorType.YCbCrRatio444 : JpegColorType.Luminance,
        },
        ImageFormat.Bmp => new BmpEncoder
        {
            BitsPerPixel = image.Channels switch
            {
                1 => BmpBitsPerPixel.Pixel8,
                3 => BmpBitsPerPixel.Pixel24,
                _ => BmpBitsPerPixel.Pixel32,
            },
            SupportTransparency = image.Channels is 2 or 4,
        },
        ImageFormat.Gif => new GifEncoder
        {
            Quantizer = ExactPalette.TryMake(image, out var palette) ? palette : KnownQuantizers.Wu,
        },
        ImageFormat.WebP => new WebpEncoder
        {
            FileFormat = WebpFileFormatType.Lossless,
            TransparentColorMode = WebpTransparentColorMode.Preserve,
        },
        _ => new TiffEncoder
        {
            BitsPerPixel = image.IsColour ? TiffBitsPerPixel.Bit24 : TiffBitsPerPixel.Bit8,
            PhotometricInterpretation = image.IsColour
                ? TiffPhotometricInterpretation.Rgb
                : TiffPhotometricInterpretation.BlackIsZero,
            Compression = TiffCompression.Deflate,
        },
    };

    private static bool IsOfMemory(Exception error) =>
        error is OutOfMemoryException or InvalidMemoryOperationException
        || (error.InnerException is { } inner && IsOfMemory(inner));

    private static string Describe(Exception error) => $"{error.GetType().Name} \"{error.Message.ReplaceLineEndings(" ")}\"";
}
