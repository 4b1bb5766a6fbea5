using IlgpuVq.Models.Images;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class ExifOrientationTests
{
    /// <summary>Upright:  1 2 3 / 4 5 6. What is stored for each orientation, row by row, and its width.</summary>
    public static TheoryData<uint, int, byte[]> Stored => new()
    {
        { 0, 3, [1, 2, 3, 4, 5, 6] },
        { 1, 3, [1, 2, 3, 4, 5, 6] },
        { 2, 3, [3, 2, 1, 6, 5, 4] }, // row 0 is at the top, column 0 at the right
        { 3, 3, [6, 5, 4, 3, 2, 1] }, // bottom, right
        { 4, 3, [4, 5, 6, 1, 2, 3] }, // bottom, left
        { 5, 2, [1, 4, 2, 5, 3, 6] }, // row 0 is at the left, column 0 at the top
        { 6, 2, [3, 6, 2, 5, 1, 4] }, // right, top
        { 7, 2, [6, 3, 5, 2, 4, 1] }, // right, bottom
        { 8, 2, [4, 1, 5, 2, 6, 3] }, // left, bottom
        { 9, 3, [1, 2, 3, 4, 5, 6] },
    };

    [Theory]
    [MemberData(nameof(Stored))]
    public void TIFF_is_read_upright(uint orientation, int width, byte[] stored)
    {
        AssertUpright(TiffBuilder.Image(width, 6 / width, 1, [8], stored, (TiffBuilder.Orientation, [orientation])), 1);
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void WebP_is_read_upright(uint orientation, int width, byte[] stored)
    {
        var colours = stored.SelectMany(value => new[] { value, (byte)(value + 100), (byte)9 }).ToArray();
        var pixels = WebPTests.Parts(WebPTests.Lossless(new DecodedImage(width, 6 / width, 3, colours)))["VP8L"];
        byte[] canvas = [0x08, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)((6 / width) - 1), 0, 0];
        var exif = TiffBuilder.Exif(orientation);
        foreach (var block in new[] { exif, exif[6..] })
        {
            AssertUpright(
                WebPTests.Riff(
                    WebPTests.Chunk("VP8X", canvas), WebPTests.Chunk("VP8L", pixels), WebPTests.Chunk("EXIF", block)),
                3);
        }
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void JPEG_is_read_upright(uint orientation, int width, byte[] stored)
    {
        // A block for each number; its upper left pixel stands for it.
        var blocks = stored.Select(value => (0, (int)value));
        foreach (var isBigEndian in new[] { false, true })
        {
            var image = ImageContent.Load(JpegBuilder.Compose(
                JpegBuilder.Segment(0xE1, TiffBuilder.Exif(orientation, isBigEndian)),
                JpegBuilder.Quantization(),
                JpegBuilder.Huffman(),
                JpegBuilder.Frame(0xC0, 8 * width, 8 * 6 / width, (1, 0x11)),
                JpegBuilder.Scan(JpegBuilder.Codes(blocks), [1])));
            Assert.Equal((24, 16, 1), (image.Width, image.Height, image.Channels));
            Assert.Equal(
                Enumerable.Range(0, 24 * 16).Select(i => (byte)(1 + (i % 24 / 8) + (3 * (i / 24 / 8)))), image.Pixels);
        }
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0x49, 0x49, 42, 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 0x49, 0x49, 42, 0, 8, 0, 0, 0, 255, 255 })]
    public void A_damaged_block_counts_as_upright(byte[] block)
    {
        Assert.Equal(ExifOrientation.Upright, ExifOrientation.OfExif([.. "Exif\0\0"u8, .. block], "test.jpg"));
    }

    private static void AssertUpright(byte[] content, int channels)
    {
        var image = ImageContent.Load(content);
        Assert.Equal((3, 2, channels), (image.Width, image.Height, image.Channels));
        Assert.Equal([1, 2, 3, 4, 5, 6], image.Pixels.Where((_, i) => i % channels == 0));
    }
}
