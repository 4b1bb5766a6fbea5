using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>What training changes of images at random.</summary>
public sealed class ImageAugmentationTests
{
    private static readonly (int Channels, int Height, int Width) Shape = (3, 5, 6);

    private static readonly ImageAugmentation All =
        new() { Flip = true, Shift = 2, Brightness = 0.5, Contrast = 0.5, Saturation = 0.5 };

    [Fact]
    public void Without_any_images_are_the_sets_own()
    {
        var plain = DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = 3 });
        Assert.Equal(plain.GetType(), DataSets.Open(DataSets.Shapes, new() { Limit = 3, Augmentation = new() }).GetType());
        var image = Image(3, seed: 1);
        Assert.Equal(image, Changed(new(), image, 7));
    }

    [Property]
    public Property A_reading_that_is_mirrored_and_shifted_has_the_pixels_of_its_place() => Drawn.ForAll(
        draw =>
            from channels in draw.Elements(1, 3)
            from isFlipped in draw.Flag()
            from shift in draw.Between(0, 8)
            from number in Gen.Choose(0, int.MaxValue)
            select (Channels: channels, IsFlipped: isFlipped, Shift: shift, Number: number),
        c =>
        {
            // Each pixel tells its place, and is never that of another.
            var image = new byte[c.Channels * Shape.Height * Shape.Width];
            for (var i = 0; i < image.Length; i++)
            {
                image[i] = (byte)i;
            }

            var changed = Changed(new() { Flip = c.IsFlipped, Shift = c.Shift }, image, c.Number, c.Channels);

            var found =
                from isMirrored in c.IsFlipped ? (bool[])[false, true] : [false]
                from rows in Enumerable.Range(-c.Shift, (2 * c.Shift) + 1)
                from columns in Enumerable.Range(-c.Shift, (2 * c.Shift) + 1)
                where changed.SequenceEqual(Moved(image, isMirrored, rows, columns))
                select 1;
            Assert.NotEmpty(found);
        });

    [Fact]
    public void Sides_are_even_and_so_are_shifts_along_both_axes()
    {
        const int readings = 6000;
        var image = new byte[9 * 9]; // a gradient whose middle tells where it went
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = (byte)i;
        }

        var middles = Enumerable.Range(0, readings).Select(number =>
        {
            var changed = image.ToArray();
            new ImageAugmentation { Flip = true, Shift = 2 }.Apply(changed, (1, 9, 9), new ImageDraw(4, number));
            return (IsMirrored: changed[40] > changed[41], Row: changed[40] / 9 - 4, Column: changed[40] % 9 - 4);
        }).ToArray();

        Assert.Equal(readings / 2.0, middles.Count(middle => middle.IsMirrored), readings * 0.03);
        for (var shift = -2; shift <= 2; shift++)
        {
            Assert.Equal(readings / 5.0, middles.Count(middle => middle.Row == shift), readings * 0.02);
            Assert.Equal(readings / 5.0, middles.Count(middle => middle.Column == shift), readings * 0.02);
            Assert.Equal(readings / 25.0, middles.Count(middle => middle == (true, shift, 1) || middle == (false, shift, 1)),
                readings * 0.015);
        }
    }

    [Fact]
    public void Brightness_multiplies_all_pixels_by_one_factor()
    {
        var image = Image(3, seed: 2);
        var factors = Enumerable.Range(0, 300).Select(number =>
        {
            var changed = Changed(new() { Brightness = 0.3 }, image, number);
            var (low, high) = (0.7, 1.3);
            for (var i = 0; i < image.Length; i++)
            {
                if (changed[i] < 255)
                {
                    (low, high) = (Math.Max(low, (changed[i] - 0.5) / image[i]), Math.Min(high, (changed[i] + 0.5) / image[i]));
                }
                else
                {
                    low = Math.Max(low, 254.5 / image[i]);
                }
            }

            Assert.True(low <= high, $"no factor from {low} to {high}");
            return (low + high) / 2;
        }).ToArray();

        Assert.InRange(factors.Min(), 0.7, 0.72);
        Assert.InRange(factors.Max(), 1.28, 1.3);
        Assert.Equal(1, factors.Average(), 0.03);
    }

    [Fact]
    public void Contrast_keeps_the_mean_grey_and_saturation_each_pixels_grey()
    {
        byte[] soft = [.. Image(3, seed: 3).Select(pixel => (byte)(96 + (pixel / 4)))]; // nothing is cut off
        var plane = soft.Length / 3;
        double Grey(byte[] image, int i) => (0.299 * image[i]) + (0.587 * image[i + plane]) + (0.114 * image[i + (2 * plane)]);
        var mean = Enumerable.Range(0, plane).Average(i => Grey(soft, i));
        for (var number = 0; number < 50; number++)
        {
            var contrast = Changed(new() { Contrast = 0.9 }, soft, number);
            var factor = soft.Select((pixel, i) => (contrast[i] - mean) * (pixel - mean)).Sum()
                / soft.Sum(pixel => (pixel - mean) * (pixel - mean));
            Assert.InRange(factor, 0.08, 1.92);
            Assert.All(soft.Zip(contrast), pair => Assert.Equal(mean + (factor * (pair.First - mean)), pair.Second, 0.75));

            var saturation = Changed(new() { Saturation = 1 }, soft, number);
            var own = soft.Select((pixel, i) => (saturation[i] - Grey(soft, i % plane)) * (pixel - Grey(soft, i % plane))).Sum()
                / soft.Select((pixel, i) => (pixel - Grey(soft, i % plane)) * (pixel - Grey(soft, i % plane))).Sum();
            Assert.InRange(own, -0.02, 2.02);
            for (var i = 0; i < plane; i++)
            {
                Assert.Equal(Grey(soft, i), Grey(saturation, i), 0.51);
                Assert.Equal(Grey(soft, i) + (own * (soft[i] - Grey(soft, i))), saturation[i], 0.75);
            }
        }
    }

    [Fact]
    public void Grey_images_have_no_saturation_to_change()
    {
        byte[] grey = Image(1, seed: 4);
        Assert.Equal(grey, Changed(new() { Saturation = 1 }, grey, 3, channels: 1));
        Assert.NotEqual(grey, Changed(new() { Contrast = 1 }, grey, 3, channels: 1));
    }

    [Fact]
    public void A_reading_is_a_function_of_seed_and_number_and_one_change_takes_no_chance_from_another()
    {
        var image = Image(3, seed: 5);
        Assert.Equal(Changed(All, image, 8), Changed(All, image, 8));
        Assert.NotEqual(Changed(All, image, 8), Changed(All, image, 9));
        Assert.NotEqual(Changed(All, image, 8), Changed(All, image, 8, seed: 12));
        Assert.Equal(
            Changed(new() { Brightness = 0.5 }, Changed(new() { Flip = true, Shift = 2 }, image, 8), 8),
            Changed(new() { Flip = true, Shift = 2, Brightness = 0.5 }, image, 8));
    }

    [Fact]
    public void Batches_of_a_loader_are_changed_and_all_other_readings_are_not()
    {
        var plain = DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = 12 });
        var data = DataSets.Open(DataSets.Shapes, new DataSetOptions { Limit = 12, Augmentation = All });
        Assert.Equal((plain.Variance, plain.Count, plain.Label(3)), (data.Variance, data.Count, data.Label(3)));
        var order = new DataOrder(data.Count, batch: 3, seed: 9);
        var (indices, images, labels) = (new int[3], new float[3 * data.ImageLength], new int[3]);
        foreach (var firstStep in new[] { 0, 5 })
        {
            using var loader = new BatchLoader(data, batch: 3, seed: 9, firstStep);
            for (var step = firstStep; step < 8; step++)
            {
                order.Fill(step, indices);
                data.ReadBatch(indices, images, labels, new ImageDraw(9, step * 3));
                var batch = loader.Next().Images.ToArray();
                Assert.Equal(images, batch);
                plain.ReadBatch(indices, images, labels);
                Assert.NotEqual(images, batch);
                data.ReadBatch(indices, batch, labels);
                Assert.Equal(images, batch);
            }
        }
    }

    [Fact]
    public void Numbers_outside_of_their_ranges_are_refused()
    {
        Refuses("shift: expected a whole number from 0 to 16384; got -1.", new() { Shift = -1 });
        Refuses("brightness: expected a number from 0 to 1; got 1.5.", new() { Brightness = 1.5 });
        Refuses("contrast: expected a number from 0 to 1; got -0.1.", new() { Contrast = -0.1 });
        Refuses("saturation: expected a number from 0 to 1; got NaN.", new() { Saturation = double.NaN });

        static void Refuses(string message, ImageAugmentation augmentation) => Assert.Equal(
            message, Assert.Throws<OptionException>(
                () => DataSets.Open(DataSets.Shapes, new DataSetOptions { Augmentation = augmentation })).Message);
    }

    private static byte[] Image(int channels, int seed)
    {
        var pixels = new byte[channels * Shape.Height * Shape.Width];
        new Random(seed).NextBytes(pixels);
        return Array.ConvertAll(pixels, pixel => Math.Max(pixel, (byte)1));
    }

    private static byte[] Changed(
        ImageAugmentation augmentation, byte[] image, int number, int channels = 3, ulong seed = 11)
    {
        var changed = image.ToArray();
        augmentation.Apply(changed, (channels, Shape.Height, Shape.Width), new ImageDraw(seed, number));
        return changed;
    }

    private static byte[] Moved(byte[] image, bool isMirrored, int rows, int columns)
    {
        var (_, height, width) = Shape;
        var moved = new List<byte>();
        for (var plane = 0; plane < image.Length / height / width; plane++)
        {
            for (var i = 0; i < height; i++)
            {
                for (var j = 0; j < width; j++)
                {
                    var (row, column) = (Math.Clamp(i + rows, 0, height - 1), Math.Clamp(j + columns, 0, width - 1));
                    moved.Add(image[(((plane * height) + row) * width) + (isMirrored ? width - 1 - column : column)]);
                }
            }
        }

        return [.. moved];
    }
}
