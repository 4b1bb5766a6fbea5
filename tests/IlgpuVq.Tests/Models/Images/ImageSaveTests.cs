using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class ImageSaveTests
{
    [Theory]
    [InlineData(".png", 1, 1)]
    [InlineData(".png", 2, 2)]
    [InlineData(".png", 3, 3)]
    [InlineData(".png", 4, 4)]
    [InlineData("", 3, 3)]
    [InlineData(".bmp", 1, 1)]
    [InlineData(".bmp", 2, 4)]
    [InlineData(".bmp", 3, 3)]
    [InlineData(".bmp", 4, 4)]
    [InlineData(".webp", 1, 3)]
    [InlineData(".webp", 2, 4)]
    [InlineData(".webp", 3, 3)]
    [InlineData(".webp", 4, 4)]
    [InlineData(".tif", 1, 1)]
    [InlineData(".TIFF", 3, 3)]
    [InlineData(".gif", 1, 1)]
    public void What_is_written_without_loss_reads_back_the_same(string extension, int channels, int readChannels)
    {
        var random = new Random(7);
        foreach (var (width, height) in new[] { (1, 1), (3, 7), (40, 33) })
        {
            var pixels = new byte[width * height * channels];
            random.NextBytes(pixels);
            var image = new DecodedImage(width, height, channels, pixels);
            var read = SaveAndLoad("image" + extension, image);
            Assert.Equal((width, height, readChannels), (read.Width, read.Height, read.Channels));
            Assert.Equal(Planes(image), Planes(read));
            if (channels is 2 or 4)
            {
                Assert.Equal(Alpha(image), Alpha(read));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(256)]
    public void GIF_keeps_up_to_256_colours_exactly(int colours)
    {
        var image = new DecodedImage(64, 16, 3, [.. Enumerable.Range(0, 1024).SelectMany(i => Colour(i % colours))]);
        Assert.Equal(Planes(image), Planes(SaveAndLoad("image.gif", image)));

        static byte[] Colour(int i) => [(byte)i, (byte)(255 - i), (byte)(i / 2)];
    }

    [Fact]
    public void GIF_takes_the_nearest_of_256_colours_beyond_that()
    {
        var pixels = Enumerable.Range(0, 4096).SelectMany(i => new[] { (byte)(4 * (i % 64)), (byte)(4 * (i / 64)), (byte)0 });
        var image = new DecodedImage(64, 64, 3, [.. pixels]);
        var read = SaveAndLoad("image.gif", image);
        Assert.InRange(Planes(image).Zip(Planes(read), (a, b) => Math.Abs(a - b)).Average(), 0.1, 16);
    }

    [Theory]
    [InlineData(".jpg", 1)]
    [InlineData(".jpeg", 3)]
    public void JPEG_is_close_and_keeps_grey(string extension, int channels)
    {
        var pixels = Enumerable.Range(0, 24 * 16 * channels).Select(i => (byte)(i / channels % 24 * 9));
        var image = new DecodedImage(24, 16, channels, [.. pixels]);
        var read = SaveAndLoad("image" + extension, image);
        Assert.Equal(channels, read.Channels);
        Assert.InRange(Planes(image).Zip(Planes(read), (a, b) => Math.Abs(a - b)).Max(), 0, 8);
    }

    [Theory]
    [InlineData("image.jpg", "an image without alpha for a JPEG file; got one with alpha. Name the output .png, .webp or .bmp.")]
    [InlineData("image.gif", "an image without alpha for a GIF file; got one with alpha.")]
    [InlineData("image.tif", "an image without alpha for a TIFF file; got one with alpha.")]
    [InlineData(
        "image.txt", "ends in one of .png, .jpg, .jpeg, .bmp, .gif, .webp, .tif, .tiff; got \".txt\". Rename the output.")]
    [InlineData("none/image.bmp", "a file that can be written; got ")]
    public void What_cannot_be_written_is_refused(string name, string reason)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, name);
        var error = Assert.Throws<DataException>(() => ImageFile.Save(file, new DecodedImage(1, 1, 2, [1, 2])));
        Assert.StartsWith(file + ": expected ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_side_beyond_its_format_is_refused()
    {
        using var folder = new TemporaryFolder();
        var image = new DecodedImage(70_000, 1, 1, new byte[70_000]);
        foreach (var name in new[] { "a.jpg", "a.webp" })
        {
            var error = Assert.Throws<DataException>(() => ImageFile.Save(folder[name], image));
            Assert.Contains("file of the image; got its encoder's ", error.Message, StringComparison.Ordinal);
        }
    }

    private static DecodedImage SaveAndLoad(string name, DecodedImage image)
    {
        using var folder = new TemporaryFolder();
        ImageFile.Save(folder[name], image);
        var read = ImageFile.Load(folder[name]);
        Assert.Equal(new ImageHeader(read.Width, read.Height, read.IsColour), ImageFile.ReadHeader(folder[name]));
        return read;
    }

    private static byte[] Planes(DecodedImage image)
    {
        var planes = new byte[3 * image.Width * image.Height];
        image.CopyPlanes(channels: 3, planes);
        return planes;
    }

    private static IEnumerable<byte> Alpha(DecodedImage image) => image.Pixels.Chunk(image.Channels).Select(pixel => pixel[^1]);
}
