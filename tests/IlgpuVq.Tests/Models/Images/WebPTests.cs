using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class WebPTests
{
    /// <summary>A ramp of colours, and of alpha from left to right.</summary>
    private static readonly DecodedImage Ramp = new(
        32,
        16,
        4,
        [
            .. Enumerable.Range(0, 32 * 16)
                .SelectMany(i => new[] { (byte)(8 * (i % 32)), (byte)(16 * (i / 32)), (byte)90, (byte)(255 - (i % 32)) }),
        ]);

    [Fact]
    public void Lossy_images_are_close_and_keep_alpha_exactly()
    {
        var image = ImageContent.Load(Encode(WebpFileFormatType.Lossy, quality: 100));
        Assert.Equal((32, 16, 4), (image.Width, image.Height, image.Channels));
        for (var i = 0; i < image.Pixels.Length; i++)
        {
            Assert.InRange(image.Pixels[i] - Ramp.Pixels[i], i % 4 == 3 ? 0 : -12, i % 4 == 3 ? 0 : 12);
        }
    }

    [Fact]
    public void Without_alpha_there_are_three_channels()
    {
        Assert.Equal(3, ImageContent.Load(Lossless(new DecodedImage(2, 1, 3, [1, 2, 3, 4, 5, 6]))).Channels);
        var pixels = Parts(Encode(WebpFileFormatType.Lossy, 50))["VP8 "];
        Assert.Equal(3, ImageContent.Load(Riff(Chunk("VP8 ", pixels))).Channels);
    }

    [Fact]
    public void A_flat_image_of_few_bytes_is_legal()
    {
        var file = Lossless(new DecodedImage(3000, 2000, 3, [.. Enumerable.Repeat((byte)7, 3 * 3000 * 2000)]));
        Assert.InRange(file.Length, 1, 2000);
        Assert.All(ImageContent.Load(file).Pixels.Distinct(), value => Assert.Equal(7, value));
    }

    [Fact]
    public void Chunks_that_make_no_pixels_are_ignored()
    {
        var image = new DecodedImage(2, 1, 3, [1, 2, 3, 4, 5, 6]);
        var pixels = Parts(Lossless(image))["VP8L"];
        byte[] canvas = [0x2C, 0, 0, 0, 1, 0, 0, 0, 0, 0];
        var file = Riff(
            Chunk("VP8X", canvas), Chunk("ICCP", [1, 2, 3]), Chunk("VP8L", pixels), Chunk("XMP ", [9]), Chunk("what", []));
        Assert.Equal(image.Pixels, ImageContent.Load([.. file, 5, 5, 5]).Pixels);
    }

    [Fact]
    public void No_cut_of_a_file_is_accepted()
    {
        foreach (var whole in new[] { Encode(WebpFileFormatType.Lossy, 50), Lossless(Ramp) })
        {
            _ = ImageContent.Load(whole);
            for (var length = 0; length < whole.Length; length++)
            {
                Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
            }
        }
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        var lossy = Parts(Encode(WebpFileFormatType.Lossy, 50));
        byte[] pixels = lossy["VP8 "], alpha = lossy["ALPH"], canvas = lossy["VP8X"];
        var lossless = Parts(Lossless(Ramp))["VP8L"];
        byte[] Canvas(byte flags, byte right, byte bottom) => Chunk("VP8X", [flags, 0, 0, 0, right, 0, 0, bottom, 0, 0]);
        byte[] Sized(int width, int height) =>
            [.. pixels[..6], (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), .. pixels[10..]];
        return new TheoryData<byte[], string>
        {
            { Riff(), "a WebP file with image data; got its end before any" },
            { Riff(Chunk("VP8X", canvas), Chunk("ALPH", alpha)), "a WebP file with image data; got its end before any" },
            { Riff(Canvas(0x02, 31, 15), Chunk("VP8 ", pixels)), "a still WebP image; got an animation" },
            { Riff(Chunk("VP8X", canvas), Chunk("ANIM", new byte[6])), "a still WebP image; got an animation" },
            { Riff(Canvas(0, 99, 15), Chunk("VP8 ", pixels)), "a WebP image of its canvas, (100, 16); got (32, 16)" },
            { Riff(Chunk("VP8X", canvas), Chunk("VP8 ", pixels), Chunk("VP8 ", pixels)), "got VP8  out of order" },
            { Riff(Chunk("VP8X", canvas), Chunk("VP8 ", pixels), Chunk("ALPH", alpha)), "got ALPH out of order" },
            { Riff(Chunk("ALPH", alpha), Chunk("VP8 ", pixels)), "got ALPH out of order" },
            { Riff(Chunk("VP8 ", [1, 2])), "a VP8 frame of at least 10 bytes; got 2" },
            { Riff(Chunk("VP8 ", [1, .. pixels[1..]])), "a key frame of VP8" },
            { Riff(Chunk("VP8 ", [.. pixels[..3], 0, .. pixels[4..]])), "a key frame of VP8" },
            { Riff(Chunk("VP8 ", Sized(0, 16))), "a width and a height from 1 to 2³¹ − 1; got 0×16" },
            { Riff(Chunk("VP8 ", Sized(16383, 16383))), "at most 178956970 pixels; got 16383×16383" },
            { Riff(Chunk("VP8 ", Sized(4000, 4000))), "at least 23437 bytes for 4000×4000 pixels of VP8" },
            { Riff(Chunk("VP8L", [0x2F])), "a VP8L image of at least 5 bytes; got 1" },
            { Riff(Chunk("VP8L", [0x2E, .. lossless[1..]])), "the signature and version 0 of VP8L" },
            { Riff(Chunk("VP8L", [0x2F, 0xFF, 0xDF, 0xFF, 0x07, .. lossless[5..]])), "pixels in a file of " },
            { Riff(Chunk("VP8L", lossless[..20])), "a whole WebP image; got its decoder's " },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageContent.Load(content)).Message, StringComparison.Ordinal);
    }

    /// <summary>The chunks of a file, by name.</summary>
    internal static Dictionary<string, byte[]> Parts(byte[] file)
    {
        var parts = new Dictionary<string, byte[]>();
        for (var at = 12; at + 8 <= file.Length;)
        {
            var length = BitConverter.ToInt32(file, at + 4);
            parts[string.Concat(file[at..(at + 4)].Select(letter => (char)letter))] = file[(at + 8)..(at + 8 + length)];
            at += 8 + length + (length & 1);
        }

        return parts;
    }

    internal static byte[] Chunk(string name, byte[] content) =>
    [
        .. name.Select(letter => (byte)letter), .. BitConverter.GetBytes(content.Length), .. content,
        .. new byte[content.Length & 1],
    ];

    internal static byte[] Riff(params byte[][] chunks)
    {
        byte[] content = [.. "WEBP"u8, .. chunks.SelectMany(chunk => chunk)];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(content.Length), .. content];
    }

    internal static byte[] Lossless(DecodedImage image)
    {
        using var folder = new TemporaryFolder();
        ImageFile.Save(folder["test.webp"], image);
        return File.ReadAllBytes(folder["test.webp"]);
    }

    private static byte[] Encode(WebpFileFormatType format, int quality)
    {
        using var image = Image.LoadPixelData<Rgba32>(Ramp.Pixels, Ramp.Width, Ramp.Height);
        using var target = new MemoryStream();
        image.Save(target, new WebpEncoder { FileFormat = format, Quality = quality });
        return target.ToArray();
    }
}
