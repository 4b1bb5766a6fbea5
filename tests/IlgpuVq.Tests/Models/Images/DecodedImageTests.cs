using IlgpuVq.Models.Images;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class DecodedImageTests
{
    [Fact]
    public void Colours_become_planes_and_alpha_is_dropped()
    {
        var image = new DecodedImage(2, 1, 4, [1, 2, 3, 0, 4, 5, 6, 128]);
        Assert.Equal([1, 4, 2, 5, 3, 6], Planes(image, 3));
    }

    [Fact]
    public void Grey_becomes_three_equal_planes()
    {
        Assert.Equal([7, 9, 7, 9, 7, 9], Planes(new DecodedImage(2, 1, 2, [7, 0, 9, 255]), 3));
        Assert.Equal([7, 9], Planes(new DecodedImage(2, 1, 1, [7, 9]), 1));
    }

    [Fact]
    public void Colour_becomes_grey_by_luma()
    {
        var image = new DecodedImage(5, 1, 3, [255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
        Assert.Equal([255, 0, 76, 150, 29], Planes(image, 1)); // 255 · (0.299, 0.587, 0.114), rounded
    }

    [Fact]
    public void Floats_are_the_planes_on_the_scale_of_the_models()
    {
        var image = new DecodedImage(2, 1, 4, [255, 0, 51, 0, 0, 102, 204, 255]);
        Assert.All(
            image.ToFloats(3).Zip([0.5f, -0.5f, -0.5f, -0.1f, -0.3f, 0.3f]),
            pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-7f));
        Assert.Equal([0.5f, -0.5f], new DecodedImage(2, 1, 1, [255, 0]).ToFloats(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.ToFloats(4));
    }

    [Theory]
    [InlineData(0, 1, 1, 0)]
    [InlineData(1, 1, 5, 5)]
    [InlineData(2, 2, 1, 5)]
    [InlineData(65_536, 65_536, 1, 0)]
    public void Sizes_must_fit_the_pixels(int width, int height, int channels, int length)
    {
        Assert.ThrowsAny<ArgumentException>(() => new DecodedImage(width, height, channels, new byte[length]));
    }

    private static byte[] Planes(DecodedImage image, int channels)
    {
        var planes = new byte[image.Width * image.Height * channels];
        image.CopyPlanes(channels, planes);
        return planes;
    }
}
