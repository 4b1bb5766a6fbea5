using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models;

/// <summary>What training changes of images at random: the primitives have their own tests, here is what is drawn and
/// when.</summary>
public sealed class ImageAugmentationTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const ulong Seed = 11;

    private static readonly Shape Images = [4, 3, 5, 6];

    private static readonly ImageAugmentation All =
        new() { Flip = true, Shift = 2, Brightness = 0.5, Contrast = 0.5, Saturation = 0.5 };

    public static TheoryData<string> Names { get; } = [.. LawDevices.Names];

    [Fact]
    public void Without_any_images_are_the_callers_own()
    {
        var device = devices.Open("cpu");
        using var random = new RandomState(device, Seed);
        using var images = device.From<float>(Numbers.Uniform(1, Images.Size), Images);
        var before = device.Memory;
        using var same = new ImageAugmentation().Apply(images, random);
        Assert.Equal(before, device.Memory);
        Assert.False(images.CanOverwrite);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_device_changes_a_reading_as_the_words_of_its_number_say(string name)
    {
        var x = Pixels(seed: 2, Images);
        foreach (var step in (long[])[0, 3, 1L << 33])
        {
            var moved = FlipShiftTests.Reference(x, Of(Images), n => Draws(step * 4 + n), All.Flip, All.Shift);
            AssertSame(moved, Changed(All with { Brightness = 0, Contrast = 0, Saturation = 0 }, x, Images, step, name), 0);

            var coloured = ColourJitterTests.Reference(
                Array.ConvertAll(moved, value => (float)value), Of(Images), n => Draws(step * 4 + n), new(0.5f, 0.5f, 0.5f));
            AssertSame(coloured, Changed(All, x, Images, step, name), 1e-6);
        }

        // Of a run of the seed, since its first day.
        static float[] Draws(long number)
        {
            var place = Philox.Block(Seed, 0x4155474D_00000000, 2 * (ulong)number);
            var colour = Philox.Block(Seed, 0x4155474D_00000000, 2 * (ulong)number + 1);
            uint[] words = [place.X, place.Y, place.Z, place.W, colour.X, colour.Y];
            return Array.ConvertAll(words, Philox.ToUniform);
        }

        static void AssertSame(double[] expected, float[] actual, double tolerance)
        {
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }
    }

    [Fact]
    public void Sides_are_even_and_so_are_shifts_along_both_axes()
    {
        const int readings = 6000, batch = 1000;
        var image = Enumerable.Range(0, 81).Select(i => i / 81f - 0.5f); // a gradient whose middle tells where it went
        var images = Enumerable.Repeat(image, batch).SelectMany(pixels => pixels).ToArray();
        var middles = Enumerable.Range(0, readings / batch)
            .SelectMany(step => Changed(new() { Flip = true, Shift = 2 }, images, [batch, 1, 9, 9], step).Chunk(81))
            .Select(changed =>
            {
                var place = (int)Math.Round((changed[40] + 0.5) * 81);
                return (IsMirrored: changed[40] > changed[41], Row: (place / 9) - 4, Column: (place % 9) - 4);
            }).ToArray();

        // χ² of 50 equally likely outcomes: 49 on average, above 85.4 once in a thousand seeds.
        var counts = middles.CountBy(middle => middle).ToArray();
        Assert.Equal(50, counts.Length);
        Assert.InRange(counts.Sum(pair => Math.Pow(pair.Value - (readings / 50.0), 2) / (readings / 50.0)), 20, 85.4);
    }

    [Theory]
    [InlineData("brightness")]
    [InlineData("contrast")]
    [InlineData("saturation")]
    public void Factors_are_spread_evenly_around_1(string which)
    {
        const int readings = 3000;
        ImageAugmentation augmentation = which switch
        {
            "brightness" => new() { Brightness = 0.4 },
            "contrast" => new() { Contrast = 0.4 },
            _ => new() { Saturation = 0.4 },
        };

        // Two pixels around grey: red and blue-green of the same grey value.
        float[] image = [0.1f, -0.1f, 0, 0, -0.1f * 0.299f / 0.114f, 0.1f * 0.299f / 0.114f];
        float[] images = [.. Enumerable.Repeat(image, readings).SelectMany(pixels => pixels)];
        var factors = Changed(augmentation, images, [readings, 3, 1, 2], step: 0).Chunk(6)
            .Select(changed => which == "brightness" ? (changed[0] + 0.5) / 0.6 : changed[0] / 0.1).ToArray();

        Assert.All(factors, factor => Assert.InRange(factor, 0.6 - 1e-5, 1.4 + 1e-5));
        for (var part = 0; part < 10; part++)
        {
            var low = 0.6 + 0.08 * part;
            Assert.Equal(readings / 10.0, factors.Count(factor => factor >= low && factor < low + 0.08), readings * 0.02);
        }
    }

    [Fact]
    public void Grey_images_have_no_saturation_to_change()
    {
        var grey = Pixels(seed: 4, [2, 1, 5, 6]);
        Assert.Equal(grey, Changed(new() { Saturation = 1 }, grey, [2, 1, 5, 6], step: 3));
        Assert.NotEqual(grey, Changed(new() { Contrast = 1 }, grey, [2, 1, 5, 6], step: 3));
    }

    [Fact]
    public void A_reading_is_a_function_of_seed_and_number_and_one_change_takes_no_chance_from_another()
    {
        var x = Pixels(seed: 5, Images);
        var changed = Changed(All, x, Images, step: 8);
        Assert.Equal(changed, Changed(All, x, Images, step: 8));
        Assert.NotEqual(changed, Changed(All, x, Images, step: 9));
        Assert.NotEqual(changed, Changed(All, x, Images, step: 8, seed: 12));
        Assert.Equal(
            Changed(new() { Brightness = 0.5 }, Changed(new() { Flip = true, Shift = 2 }, x, Images, step: 8), Images, step: 8),
            Changed(new() { Flip = true, Shift = 2, Brightness = 0.5 }, x, Images, step: 8));

        // However the run cuts its readings to batches.
        var half = x.Length / 2;
        Assert.Equal(changed[..half], Changed(All, x[..half], [2, 3, 5, 6], step: 16));
        Assert.Equal(changed[half..], Changed(All, x[half..], [2, 3, 5, 6], step: 17));
    }

    [Fact]
    public void Images_have_the_same_bits_with_any_number_of_threads()
    {
        Shape shape = [9, 3, 40, 50];
        var x = Pixels(seed: 6, shape);
        var images = ((int[])[1, 2, 3]).Select(threads =>
        {
            using var device = Device.Open("cpu", new DeviceOptions(Threads: threads));
            return Changed(All, x, shape, step: 2, device, Seed);
        }).ToArray();

        Assert.Equal(images[0], images[1]);
        Assert.Equal(images[0], images[2]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_replay_draws_the_numbers_of_its_own_step(string name)
    {
        var device = devices.Open(name);
        var x = Pixels(seed: 7, Images);
        using var random = new RandomState(device, Seed);
        using var images = device.From<float>(x, Images);
        using var result = device.From<float>(x, Images);
        using var recording = new Recording(device, () =>
        {
            using var changed = All.Apply(images, random);
            Primitive.CopyInto(result, changed);
        });
        var seen = new HashSet<string>();
        for (var step = 0; step < 4; step++)
        {
            random.Set(step);
            recording.Run();
            Assert.Equal(Changed(All, x, Images, step, name), result.ToArray());
            Assert.True(seen.Add(string.Join(" ", result.ToArray())));
        }

        Assert.True(recording.IsRecorded);
        Assert.Equal(x, images.ToArray());
    }

    [Fact]
    public void Images_of_two_channels_have_no_colours_but_places()
    {
        Shape shape = [2, 2, 5, 6];
        var x = Pixels(seed: 8, shape);
        Assert.NotEqual(x, Changed(new() { Flip = true, Shift = 2 }, x, shape, step: 1));
        Assert.Equal(
            "colour-jitter: expected x (N, C, H, W) of 1 or 3 channels, u (N, D) with D of at least 6; got x (2, 2, 5, 6), "
                + "u (2, 8).",
            Assert.Throws<ShapeException>(() => Changed(new() { Contrast = 0.5 }, x, shape, step: 1)).Message);
        Assert.Throws<ShapeException>(() => Changed(new() { Flip = true }, [1], [], step: 1));
    }

    [Fact]
    public void Numbers_outside_of_their_ranges_are_refused()
    {
        Refuses("shift: expected a whole number from 0 to 16384; got -1.", new() { Shift = -1 });
        Refuses("brightness: expected a number from 0 to 1; got 1.5.", new() { Brightness = 1.5 });
        Refuses("contrast: expected a number from 0 to 1; got -0.1.", new() { Contrast = -0.1 });
        Refuses("saturation: expected a number from 0 to 1; got NaN.", new() { Saturation = double.NaN });

        static void Refuses(string message, ImageAugmentation augmentation) =>
            Assert.Equal(message, Assert.Throws<OptionException>(augmentation.Validate).Message);
    }

    private static int[] Of(Shape shape) => [shape[0], shape[1], shape[2], shape[3]];

    private static float[] Pixels(int seed, Shape shape) =>
        [.. Numbers.Uniform(seed, shape.Size).Select(value => 0.5f * value)];

    private float[] Changed(ImageAugmentation augmentation, float[] x, Shape shape, long step, string name = "cpu",
        ulong seed = Seed) => Changed(augmentation, x, shape, step, devices.Open(name), seed);

    private static float[] Changed(
        ImageAugmentation augmentation, float[] x, Shape shape, long step, Device device, ulong seed)
    {
        using var random = new RandomState(device, seed);
        random.Set(step);
        using var images = device.From<float>(x, shape);
        using var changed = augmentation.Apply(images, random);
        return changed.ToArray();
    }
}
