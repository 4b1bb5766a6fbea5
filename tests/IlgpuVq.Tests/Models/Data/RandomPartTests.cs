using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>Random parts of images in training, and sets of the first images of others.</summary>
public sealed class RandomPartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Property(AtLeast = 2000)]
    public Property A_part_lies_within_its_image_and_has_the_area_and_sides_that_it_may_have() => Drawn.ForAll(
        draw =>
            from width in draw.Between(1, 500)
            from height in draw.Between(1, 500)
            from seed in Gen.Choose(0, int.MaxValue)
            from number in Gen.Choose(0, int.MaxValue)
            select (Width: width, Height: height, Draw: new ImageDraw((ulong)seed, number)),
        c =>
        {
            var part = RandomPart.Of(c.Width, c.Height, c.Draw);
            Assert.True(part is { Left: >= 0, Top: >= 0, Width: >= 1, Height: >= 1 }, $"{part}");
            Assert.True(part.Left + part.Width <= c.Width && part.Top + part.Height <= c.Height, $"{part}");
            Assert.Equal(part, RandomPart.Of(c.Width, c.Height, c.Draw));

            // Each side is off by half a pixel at the most.
            var (low, high) = ((part.Width - 0.5) / (part.Height + 0.5), (part.Width + 0.5) / (part.Height - 0.5));
            Assert.True(low <= 4.0 / 3 && high >= 3.0 / 4, $"{part}");
            if (c.Width * 3 <= c.Height * 4 && c.Height * 3 <= c.Width * 4)
            {
                Assert.True((part.Width + 0.5) * (part.Height + 0.5) >= 0.08 * c.Width * c.Height, $"{part}");
            }
        });

    [Theory]
    [InlineData(1000, 1, 499, 0, 1, 1)] // 4/3 of 1 is 1
    [InlineData(1000, 30, 480, 0, 40, 30)]
    [InlineData(10, 1000, 0, 493, 10, 13)]
    public void Where_no_try_fits_it_is_the_largest_in_the_middle(int width, int height, int left, int top, int w, int h) =>
        Assert.Equal(new RandomPart(left, top, w, h), RandomPart.Of(width, height, new ImageDraw(1, 2)));

    [Fact]
    public void Areas_and_logarithms_of_quotients_are_even_and_so_are_places()
    {
        RandomPart[] parts =
        [
            .. Enumerable.Range(0, 8000).Select(number => RandomPart.Of(1000, 1000, new ImageDraw(3, number))),
        ];
        Assert.True(parts.Distinct().Count() > 7900);

        // Up to 3/4 of the area every quotient fits, so that a third of this range has a third of its parts.
        double[] areas = [.. parts.Select(part => part.Width * part.Height / 1e6).Where(area => area is > 0.08 and < 0.74)];
        Assert.Equal(areas.Length / 3.0, areas.Count(area => area < 0.3), areas.Length * 0.02);
        Assert.Equal(areas.Length / 3.0, areas.Count(area => area >= 0.52), areas.Length * 0.02);
        double[] logarithms =
        [
            .. parts.Where(part => part.Width * part.Height < 740_000).Select(part => Math.Log((double)part.Width / part.Height)),
        ];
        var third = Math.Log(4.0 / 3) / 3;
        Assert.Equal(logarithms.Length / 3.0, logarithms.Count(value => Math.Abs(value) < third), logarithms.Length * 0.02);
        Assert.Equal(0, logarithms.Average(), 0.01);
        Assert.Equal(0.5, parts.Where(part => part.Width < 900).Average(part => part.Left / (1000.0 - part.Width)), 0.02);
        Assert.Equal(0.5, parts.Where(part => part.Height < 900).Average(part => part.Top / (1000.0 - part.Height)), 0.02);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reading_in_training_is_of_its_part_and_any_other_of_the_whole(bool isFolder)
    {
        var data = Open(isFolder, new DataSetOptions { RandomCrop = true, Resize = "16x16" });
        var plain = Open(isFolder, new DataSetOptions { Resize = "16x16" });
        var (width, height) = isFolder ? (200, 120) : (32, 32);
        Assert.True(data.IsCostlyToRead);

        for (var number = 0; number < 20; number++)
        {
            var draw = new ImageDraw(5, number);
            var pixels = Read(data, draw);
            Assert.Equal(pixels, Read(data, draw));
            Assert.NotEqual(pixels, Read(data, draw with { Number = number + 1 }));
            Assert.NotEqual(pixels, Read(data, draw with { Seed = 6 }));
            Assert.Equal(Read(plain, draw: null), Read(data, draw: null));
            Assert.Equal(Read(plain, draw: null), Read(plain, draw));
            if (isFolder)
            {
                Assert.Equal(plain.Variance, data.Variance);

                // Red grows along the rows, green down the columns: their means are those of the part's middle.
                var part = RandomPart.Of(width, height, draw);
                Assert.Equal(part.Left + part.Width / 2.0 - 0.5, pixels[..256].Average(value => (double)value), 1.5);
                Assert.Equal(part.Top + part.Height / 2.0 - 0.5, pixels[256..512].Average(value => (double)value), 1.5);
            }
        }
    }

    [Fact]
    public void Batches_of_a_loader_are_of_the_seed_the_step_and_the_place_in_it_alone()
    {
        var data = DataSets.Open(DataSets.Shapes, new DataSetOptions { RandomCrop = true, Limit = 12 });
        var order = new DataOrder(data.Count, batch: 3, seed: 9);
        var (indices, images, labels) = (new int[3], new float[3 * data.ImageLength], new int[3]);
        foreach (var firstStep in new[] { 0, 5 })
        {
            using var loader = new BatchLoader(data, batch: 3, seed: 9, firstStep);
            for (var step = firstStep; step < 8; step++)
            {
                order.Fill(step, indices);
                data.ReadBatch(indices, images, labels, new ImageDraw(9, step * 3));
                Assert.Equal(images, loader.Next().Images);
                data.ReadBatch(indices, images, labels);
                Assert.NotEqual(images, loader.Next().Images);
                step++;
            }
        }
    }

    [Fact]
    public void A_limit_leaves_the_first_images_with_the_variance_of_all()
    {
        var all = DataSets.Open(DataSets.Shapes, new DataSetOptions());
        var some = DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = 10 });
        Assert.Equal((10, all.Variance, all.Split), (some.Count, some.Variance, some.Split));
        var (own, theirs) = (new byte[all.ImageLength], new byte[all.ImageLength]);
        some.Read(9, own);
        all.Read(9, theirs);
        Assert.Equal(theirs, own);
        Assert.Equal(all.Label(9), some.Label(9));
        Assert.Throws<ArgumentOutOfRangeException>(() => some.Read(10, own));
        Assert.Equal(
            $"shapes: expected at least the 1000000000 images to take of it; got {all.Count}. Set DataSetOptions.Limit to fewer.",
            Assert.Throws<DataException>(
                () => DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = 1_000_000_000 })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = -1 }));
    }

    private ImageDataSet Open(bool isFolder, DataSetOptions options)
    {
        if (!isFolder)
        {
            return DataSets.Open(DataSets.Shapes, options with { Limit = 3 });
        }

        var pixels = new byte[200 * 120 * 3];
        for (var i = 0; i < 200 * 120; i++)
        {
            (pixels[3 * i], pixels[(3 * i) + 1]) = ((byte)(i % 200), (byte)(i / 200));
        }

        ImageFile.Save(folder["a.png"], new DecodedImage(200, 120, 3, pixels));
        return DataSets.Open(folder.Path, options);
    }

    private static byte[] Read(ImageDataSet data, ImageDraw? draw)
    {
        var pixels = new byte[data.ImageLength];
        if (draw is { } reading)
        {
            data.Read(0, reading, pixels);
        }
        else
        {
            data.Read(0, pixels);
        }

        return pixels;
    }
}
