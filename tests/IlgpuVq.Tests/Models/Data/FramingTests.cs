using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class FramingTests
{
    [Theory]
    [InlineData(null, null, 30, 20, 30, 20)]
    [InlineData("10", null, 30, 20, 15, 10)]
    [InlineData("10", null, 20, 30, 10, 15)]
    [InlineData("100", null, 451, 300, 150, 100)] // 150.3
    [InlineData("3", null, 2, 3, 3, 5)] // 4.5
    [InlineData("40", null, 20, 20, 40, 40)]
    [InlineData("10x7", null, 30, 20, 10, 7)]
    [InlineData("10X7", null, 3, 2, 10, 7)]
    [InlineData(null, "8", 30, 20, 8, 8)]
    [InlineData(null, "8x20", 30, 20, 8, 20)]
    [InlineData("10", "10", 30, 20, 10, 10)]
    [InlineData("16x16", "10x4", 30, 20, 10, 4)]
    public void Sizes_are_those_of_scaling_then_cutting(
        string? resize, string? crop, int width, int height, int newWidth, int newHeight)
    {
        var framing = Framing.Parse(resize, crop);
        Assert.Equal((newWidth, newHeight), framing.SizeOf(width, height, "a"));
        var image = framing.Apply(new DecodedImage(width, height, 4, new byte[width * height * 4]), "a");
        Assert.Equal((newWidth, newHeight), (image.Width, image.Height));
    }

    [Theory]
    [InlineData(null, "21", "a: expected at least the 21×21 pixels to cut out; got 30×20. Set DataSetOptions.Resize too, which "
        + "comes first.")]
    [InlineData("10", "10x11", "a: expected at least the 10×11 pixels to cut out; got 15×10.")]
    public void More_than_there_is_cannot_be_cut_out(string? resize, string crop, string message) => Assert.StartsWith(
        message,
        Assert.Throws<DataException>(() => Framing.Parse(resize, crop).SizeOf(30, 20, "a")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_line_of_pixels_does_not_become_more_than_any_image() => Assert.StartsWith(
        "a: expected at most 178956970 pixels; got ",
        Assert.Throws<DataException>(() => Framing.Parse("16384", null).SizeOf(1, 20_000, "a")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void What_is_cut_out_is_the_middle()
    {
        var image = new DecodedImage(5, 4, 2, [.. Enumerable.Range(0, 20).SelectMany(i => new[] { (byte)i, (byte)99 })]);
        var cut = Framing.Parse(null, "2x3").Apply(image, "a");
        Assert.Equal((2, 3, 1), (cut.Width, cut.Height, cut.Channels));
        Assert.Equal([1, 2, 6, 7, 11, 12], cut.Pixels);
        Assert.Same(image, Framing.Parse(null, null).Apply(image, "a"));
    }

    /// <summary>Catmull-Rom's cubic, as wide as the new pixels, in double precision.</summary>
    [Property]
    public Property Scaling_is_a_cubic_as_wide_as_the_new_pixels() => Drawn.ForAll(
        draw =>
            from width in draw.Between(1, 40)
            from height in draw.Between(1, 40)
            from newWidth in draw.Between(1, 40)
            from newHeight in draw.Between(1, 40)
            from isColour in draw.Flag()
            from seed in Gen.Choose(0, int.MaxValue)
            select (Width: width, Height: height, NewWidth: newWidth, NewHeight: newHeight, IsColour: isColour, Seed: seed),
        c =>
        {
            var channels = c.IsColour ? 3 : 1;
            var pixels = new byte[c.Width * c.Height * channels];
            new Random(c.Seed).NextBytes(pixels);
            var scaled = Framing.Parse($"{c.NewWidth}x{c.NewHeight}", null)
                .Apply(new DecodedImage(c.Width, c.Height, channels, pixels), "a");
            var (columns, rows) = (Weights(c.Width, c.NewWidth), Weights(c.Height, c.NewHeight));
            for (var y = 0; y < c.NewHeight; y++)
            {
                for (var x = 0; x < c.NewWidth; x++)
                {
                    for (var channel = 0; channel < channels; channel++)
                    {
                        var expected = 0.0;
                        for (var i = 0; i < c.Height; i++)
                        {
                            for (var j = 0; j < c.Width; j++)
                            {
                                expected += rows[y][i] * columns[x][j] * pixels[(((i * c.Width) + j) * channels) + channel];
                            }
                        }

                        var actual = scaled.Pixels[(((y * c.NewWidth) + x) * channels) + channel];
                        Assert.InRange(actual, Math.Clamp(expected, 0, 255) - 1.01, Math.Clamp(expected, 0, 255) + 1.01);
                    }
                }
            }
        });

    [Fact]
    public void Stripes_finer_than_the_new_pixels_become_grey()
    {
        var stripes = new DecodedImage(64, 64, 1, [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i % 2 * 255))]);
        var small = Framing.Parse("16", null).Apply(stripes, "a");
        Assert.All(small.Cut(2, 2, 12, 12).Pixels, value => Assert.InRange(value, 127, 128));
    }

    [Fact]
    public void Colours_beneath_transparent_pixels_scale_like_all_others()
    {
        var pixels = Enumerable.Range(0, 81).SelectMany(i => new byte[] { 200, 100, 50, (byte)(i % 2 * 255) });
        var flat = new DecodedImage(9, 9, 4, [.. pixels]);
        Assert.Equal(
            Enumerable.Repeat(new byte[] { 200, 100, 50 }, 16).SelectMany(pixel => pixel),
            Framing.Parse("4", null).Apply(flat, "a").Pixels);
    }

    [Fact]
    public void Photographs_of_all_sizes_become_a_set_of_one()
    {
        var folder = RealData.Require("images", "photos");
        var options = new DataSetOptions { CacheBytes = 0, DecodedAtOpening = int.MaxValue };
        AssertRefused(
            folder, options, $"{Path.Combine(folder, "cell.png")}: expected 512×512 pixels, the size of ",
            "got 550×660. Give all images one size with DataSetOptions.Resize, DataSetOptions.Crop or both.");
        AssertRefused(folder, options with { Resize = "48" }, "expected 48×48 pixels, the size of ");
        var data = DataSets.Open(folder, options with { Resize = "48", Crop = "32x40" });
        Assert.Equal((10, 3, 40, 32), (data.Count, data.Channels, data.Height, data.Width));
        Assert.Contains(data.Notes, note => note.Contains("truncated.jpg (", StringComparison.Ordinal));

        // The cat, third of the colours: 451 × 300 to 72 × 48, of which the middle 32 × 40 are those columns and rows.
        var cat = ImageFile.Load(Path.Combine(folder, "chelsea.png"));
        var whole = Framing.Parse("72x48", null).Apply(cat, "cat").Cut(20, 4, 32, 40).ToPlanes(3);
        Assert.Contains(Enumerable.Range(0, data.Count), i => Read(data, i).AsSpan().SequenceEqual(whole));
        Assert.InRange(Mean(whole) - Mean(cat.Cut(125, 25, 200, 250).ToPlanes(3)), -3, 3);
    }

    private static double Mean(byte[] values) => values.Average(value => value);

    /// <summary>Of every old pixel in every new one.</summary>
    private static double[][] Weights(int length, int newLength)
    {
        var step = length / (double)newLength;
        var wide = Math.Max(1, step);
        return
        [
            .. Enumerable.Range(0, newLength).Select(x =>
            {
                var all = Enumerable.Range(0, length)
                    .Select(j => Cubic(Math.Abs(j + 0.5 - ((x + 0.5) * step)) / wide)).ToArray();
                return all.Select(weight => weight / all.Sum()).ToArray();
            }),
        ];
    }

    private static double Cubic(double x) => x switch
    {
        < 1 => ((1.5 * x) - 2.5) * x * x + 1,
        < 2 => (((-0.5 * x) + 2.5) * x - 4) * x + 2,
        _ => 0,
    };
}
