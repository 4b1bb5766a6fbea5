using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Images in other colours are what the formulas say, in double precision and on the scale of bytes.</summary>
[Collection(TensorTests.Name)]
public sealed class ColourJitterTests(TensorDevices devices)
{
    [Property]
    public Property Brightness_contrast_and_saturation_follow_each_other_and_are_cut_off() => Drawn.ForAll(
        draw =>
            from n in draw.Between(0, 4)
            from c in draw.Elements(1, 3)
            from h in draw.Between(0, 9)
            from w in draw.Of(Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(10, 70)))
            from d in draw.Between(6, 8)
            from brightness in Strength(draw)
            from contrast in Strength(draw)
            from saturation in Strength(draw)
            from seed in Numbers.Seeds
            let strengths = new ColourJitterParams(brightness, contrast, saturation)
            select (N: n, C: c, H: h, W: w, D: d, Strengths: strengths, Seed: seed),
        c =>
        {
            // A little beyond black and full, too.
            float[] x = [.. Numbers.Uniform(c.Seed, c.N * c.C * c.H * c.W).Select(value => 0.6f * value)];
            var u = FlipShiftTests.Draws(c.Seed, c.N * c.D);

            devices.Check(Reference(x, [c.N, c.C, c.H, c.W], n => u[(n * c.D)..], c.Strengths), 1e-6, s => Primitive.ColourJitter(
                s.Floats(x, [c.N, c.C, c.H, c.W]), s.Floats(u, [c.N, c.D]), c.Strengths));
        });

    [Fact]
    public void The_mean_of_a_large_image_is_exact_enough()
    {
        const int side = 300;
        float[] x = [.. Numbers.Uniform(seed: 5, 2 * side * side).Select(value => 0.1f + 0.4f * value * value)];
        float[] u = [0, 0, 0, 0.8f, 0.9f, 0.1f, 0, 0, 0, 0.3f, 0.2f, 0.1f];
        var strengths = new ColourJitterParams(Brightness: 0.1f, Contrast: 0.5f);

        devices.Check(Reference(x, [2, 1, side, side], n => u[(n * 6)..], strengths), 1e-6, s => Primitive.ColourJitter(
            s.Floats(x, [2, 1, side, side]), s.Floats(u, [2, 6]), strengths));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_factor_of_1_leaves_images_as_they_are_bit_by_bit(float strength)
    {
        float[] x = [float.NegativeInfinity, -0f, 1e-40f, 3, 0.1f, BitConverter.Int32BitsToSingle(0x7FC00123)];
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var u = scope.Floats([0, 0, 0, 0.5f, 0.5f, 0.5f, 0, 0, 0, 0.5f, 0.5f, 0.5f], [2, 6]);
            var y = scope.Keep(Primitive.ColourJitter(
                scope.Floats(x, [2, 3, 1, 1]), u, new ColourJitterParams(strength, strength, strength)));
            Assert.Equal(Array.ConvertAll(x, BitConverter.SingleToInt32Bits),
                Array.ConvertAll(y.ToArray(), BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void NaN_stays_where_it_is_and_contrast_alone_spreads_it_over_its_image()
    {
        float[] x = [0.1f, float.NaN, 0.3f, 0.2f, 0.1f, 0.4f], u = [0, 0, 0, 0.25f, 0.25f, 0.25f, 0, 0, 0, 0.25f, 0.25f, 0.25f];
        devices.Check([-0.05, double.NaN, 0.1, 0.025, -0.05, 0.175], 1e-6, s => Primitive.ColourJitter(
            s.Floats(x, [2, 1, 1, 3]), s.Floats(u, [2, 6]), new ColourJitterParams(Brightness: 0.5f)));
        devices.Check([double.NaN, double.NaN, double.NaN, 0.2083333, 0.1333333, 0.3583333], 1e-6, s => Primitive.ColourJitter(
            s.Floats(x, [2, 1, 1, 3]), s.Floats(u, [2, 6]), new ColourJitterParams(Contrast: 0.5f)));
        devices.Check([double.NaN, 0.2, 0.3], 1e-6, s => Primitive.ColourJitter(
            s.Floats([float.NaN, 0.2f, 0.3f], [3, 1, 1, 1]), s.Floats(new float[18], [3, 6]),
            new ColourJitterParams(Saturation: 0.5f)));
    }

    [Fact]
    public void Shapes_and_strengths_that_do_not_fit_are_refused()
    {
        const string rule = "colour-jitter: expected x (N, C, H, W) of 1 or 3 channels, u (N, D) with D of at least 6; got ";
        Refuses(rule + "x (2, 2, 3, 4), u (2, 6).", [2, 2, 3, 4], [2, 6]);
        Refuses(rule + "x (3, 3, 4), u (3, 6).", [3, 3, 4], [3, 6]);
        Refuses(rule + "x (2, 3, 3, 4), u (1, 6).", [2, 3, 3, 4], [1, 6]);
        Refuses(rule + "x (2, 3, 3, 4), u (2, 5).", [2, 3, 3, 4], [2, 5]);
        using var scope = new TensorScope(devices.Cpu);
        var (x, u) = (scope.Floats(new float[4], [1, 1, 2, 2]), scope.Floats(new float[6], [1, 6]));
        Assert.All(
            (ColourJitterParams[])[new(Brightness: -0.1f), new(Contrast: 1.5f), new(Saturation: float.NaN)],
            strengths => Assert.StartsWith(
                $"colour-jitter: expected strengths in [0, 1]; got {strengths}.",
                Assert.Throws<ArgumentOutOfRangeException>(() => Primitive.ColourJitter(x, u, strengths)).Message,
                StringComparison.Ordinal));
        Assert.Equal("brightness -0.1, contrast 0, saturation 1", $"{new ColourJitterParams(-0.1f, 0, 1)}");

        void Refuses(string message, Shape x, Shape u) => devices.CheckRefused(
            message, s => [s.Floats(new float[x.Size], x), s.Floats(new float[u.Size], u)],
            t => Primitive.ColourJitter(t[0], t[1], new ColourJitterParams(Brightness: 0.5f)));
    }

    private static Gen<float> Strength(Choices draw) => draw.Between(0, 4).Select(quarters => quarters / 4f);

    /// <summary>As the definition says it, of values from 0 to 255.</summary>
    internal static double[] Reference(float[] x, int[] shape, Func<int, float[]> draws, in ColourJitterParams strengths)
    {
        var (channels, pixels) = (shape[1], shape[2] * shape[3]);
        var y = Array.ConvertAll(x, value => 255 * (value + 0.5));
        for (var image = 0; image < shape[0]; image++)
        {
            var u = draws(image);
            var own = y.AsSpan(image * channels * pixels, channels * pixels);
            if (strengths.Brightness > 0)
            {
                Scale(own, (_, _) => 0, FactorOf(strengths.Brightness, u[3]));
            }

            if (strengths.Contrast > 0)
            {
                var before = own.ToArray();
                var mean = Enumerable.Range(0, pixels).Select(i => Grey(before, i)).DefaultIfEmpty(0).Average();
                Scale(own, (_, _) => mean, FactorOf(strengths.Contrast, u[4]));
            }

            if (strengths.Saturation > 0 && channels == 3)
            {
                Scale(own, Grey, FactorOf(strengths.Saturation, u[5]));
            }
        }

        return Array.ConvertAll(y, value => (value / 255) - 0.5);

        void Scale(Span<double> values, Func<double[], int, double> from, double factor)
        {
            var before = values.ToArray();
            for (var at = 0; at < values.Length; at++)
            {
                var center = from(before, at % pixels);
                values[at] = Math.Clamp(center + (factor * (before[at] - center)), 0, 255);
            }
        }

        double Grey(double[] image, int i) => channels == 1
            ? image[i]
            : (0.299 * image[i]) + (0.587 * image[i + pixels]) + (0.114 * image[i + (2 * pixels)]);

        static double FactorOf(float strength, float u) => 1 + (strength * ((2.0 * u) - 1));
    }
}
