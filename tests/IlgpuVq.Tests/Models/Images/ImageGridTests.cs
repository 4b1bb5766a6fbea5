using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class ImageGridTests
{
    [Fact]
    public void Nine_images_make_a_row_of_eight_and_one_below()
    {
        const int n = 9, c = 3, h = 2, w = 3;
        var images = new float[n * c * h * w];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = (i % 255) / 255f;
        }

        var grid = ImageGrid.Compose(images, (n, c, h, w));
        Assert.Equal(((8 * (w + 2)) + 2, (2 * (h + 2)) + 2, c), (grid.Width, grid.Height, grid.Channels));
        var expected = new byte[grid.Pixels.Length];
        for (var i = 0; i < images.Length; i++)
        {
            var (image, channel, y, x) = (i / (c * h * w), i / (h * w) % c, i / w % h, i % w);
            var (left, top) = (2 + (image % 8 * (w + 2)), 2 + (image / 8 * (h + 2)));
            expected[((((top + y) * grid.Width) + left + x) * c) + channel] = (byte)(i % 255);
        }

        Assert.Equal(expected, grid.Pixels);
    }

    [Fact]
    public void Few_images_make_a_short_row()
    {
        var grid = ImageGrid.Compose(new float[3 * 4], (3, 1, 2, 2));
        Assert.Equal((14, 6, 1), (grid.Width, grid.Height, grid.Channels));
    }

    [Theory]
    [InlineData(-1f, 0)]
    [InlineData(0f, 0)]
    [InlineData(0.49f / 255f, 0)]
    [InlineData(0.51f / 255f, 1)]
    [InlineData(0.5f, 128)]
    [InlineData(1f, 255)]
    [InlineData(1e30f, 255)]
    [InlineData(float.PositiveInfinity, 255)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.NaN, 0)]
    public void Values_are_rounded_and_clamped(float value, int expected)
    {
        var grid = ImageGrid.Compose([value], (1, 1, 1, 1));
        Assert.Equal(expected, grid.Pixels[(2 * 5) + 2]);
    }

    [Fact]
    public void A_single_image_has_no_border()
    {
        var image = ImageGrid.Single([0f, 1f, 0.2f, 0.4f, 0.6f, 0.8f], (3, 1, 2));
        Assert.Equal((2, 1, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal([0, 51, 153, 255, 102, 204], image.Pixels);
    }

    [Fact]
    public void A_saved_grid_is_the_composed_one()
    {
        using var folder = new TemporaryFolder();
        var images = new float[] { 0f, 0.25f, 0.5f, 1f };
        ImageGrid.Save(folder["grid.png"], images, (1, 1, 2, 2));
        Assert.Equal(ImageGrid.Compose(images, (1, 1, 2, 2)).Pixels, ImageFile.Load(folder["grid.png"]).Pixels);
    }

    [Theory]
    [InlineData(0, 1, 2, 2, 0)]
    [InlineData(1, 2, 2, 2, 8)]
    [InlineData(1, 1, 2, 2, 5)]
    [InlineData(1, 1, -2, -2, 4)]
    public void A_shape_that_does_not_fit_is_refused(int n, int c, int h, int w, int length)
    {
        var error = Assert.Throws<ArgumentException>(() => ImageGrid.Compose(new float[length], (n, c, h, w)));
        Assert.Contains($"got {length} for ({n}, {c}, {h}, {w})", error.Message, StringComparison.Ordinal);
    }
}
