using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Metrics;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Metrics;

/// <summary>SSIM and MS-SSIM against their definitions, window after window, and against other programs' figures.</summary>
/// <remarks>The file was written by skimage_ssim.py beside it.</remarks>
public sealed class StructuralSimilarityTests
{
    private const int Window = 11;
    private const double C1 = 1e-4, C2 = 9e-4;

    public static TheoryData<string> Lines { get; } = [.. File.ReadLines(
        Path.Combine(AppContext.BaseDirectory, "Models", "Metrics", "Goldens", "skimage_ssim.txt"))];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Figures_are_those_of_other_programs(string line)
    {
        var parts = line.Split(' ');
        int[] shape = [.. parts[..3].Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        var (x, y) = Images(shape[0], shape[1], shape[2]);

        // Pixels are single precision here: 3·10⁻⁸ of them.
        Assert.Equal(Number(parts[3]), StructuralSimilarity.Of(x, y, shape[1], shape[2]), 1e-7);
        if (parts[4] != "none")
        {
            Assert.Equal(Number(parts[4]), StructuralSimilarity.OfScales(x, y, shape[1], shape[2]), 1e-7);
        }

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    [Property]
    public Property Similarity_is_that_of_the_definition_and_the_same_from_either_side() => Drawn.ForAll(
        draw =>
            from planes in draw.Between(1, 3)
            from height in draw.Between(Window, 24)
            from width in draw.Between(Window, 24)
            from noise in draw.Elements(0.05f, 1f)
            from seed in Numbers.Seeds
            select (Planes: planes, Height: height, Width: width, Noise: noise, Seed: seed),
        c =>
        {
            var (x, y) = Noisy(c.Planes * c.Height * c.Width, c.Noise, c.Seed);
            var expected = Enumerable.Range(0, c.Planes).Average(plane => Defined(
                Unit(x, plane, c.Height * c.Width), Unit(y, plane, c.Height * c.Width), c.Height, c.Width).Similarity);

            var actual = StructuralSimilarity.Of(x, y, c.Height, c.Width);

            Assert.Equal(expected, actual, 1e-10);
            Assert.True(actual < 1);
            Assert.Equal(actual, StructuralSimilarity.Of(y, x, c.Height, c.Width), 1e-12);
            Assert.Equal(1, StructuralSimilarity.Of(x, x, c.Height, c.Width), 1e-12);
        });

    [Theory]
    [InlineData(161, 161, 0.05f)]
    [InlineData(163, 170, 1f)]
    public void Over_scales_it_is_the_product_of_powers_of_the_means(int height, int width, float noise)
    {
        double[] exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
        var (x, y) = Noisy(height * width, noise, seed: 3);
        var (a, b, h, w) = (Unit(x, 0, x.Length), Unit(y, 0, y.Length), height, width);
        var expected = 1.0;
        for (var scale = 0; scale < 5; scale++)
        {
            var (similarity, structure) = Defined(a, b, h, w);
            expected *= Math.Pow(Math.Max(0, scale == 4 ? similarity : structure), exponents[scale]);
            (a, b, h, w) = (Halved(a, h, w), Halved(b, h, w), (h + 1) / 2, (w + 1) / 2);
        }

        Assert.Equal(expected, StructuralSimilarity.OfScales(x, y, height, width), 1e-10);
        Assert.Equal(1, StructuralSimilarity.OfScales(x, x, height, width), 1e-12);
        Assert.InRange(expected, 0.01, 0.9999);
    }

    [Fact]
    public void Black_beside_white_differs_in_means_alone_and_a_negative_does_in_structure()
    {
        const int side = StructuralSimilarity.LeastSideOfScales;
        var (black, white) = (new float[side * side], new float[side * side]);
        Array.Fill(black, -0.5f);
        Array.Fill(white, 0.5f);
        Assert.Equal(C1 / (1 + C1), StructuralSimilarity.Of(black, white, side, side), 1e-12);
        Assert.Equal(Math.Pow(C1 / (1 + C1), 0.1333), StructuralSimilarity.OfScales(black, white, side, side), 1e-9);

        var (x, _) = Noisy(side * side, 1, seed: 4);
        var negative = Array.ConvertAll(x, pixel => -pixel);
        Assert.InRange(StructuralSimilarity.Of(x, negative, side, side), -1, -0.5);
        Assert.Equal(0, StructuralSimilarity.OfScales(x, negative, side, side));
    }

    [Fact]
    public void A_pixel_that_is_no_number_gives_none()
    {
        const int side = StructuralSimilarity.LeastSideOfScales;
        var (x, y) = Noisy(side * side, 1, seed: 5);
        x[(side * 80) + 80] = float.NaN;
        Assert.Equal(double.NaN, StructuralSimilarity.Of(x, y, side, side));
        Assert.Equal(double.NaN, StructuralSimilarity.OfScales(x, y, side, side));
    }

    [Fact]
    public void What_has_no_window_or_no_planes_is_refused()
    {
        Refuses("ssim: expected images of at least 11×11 pixels; got 11×10", () => StructuralSimilarity.Of([], [], 10, 11));
        Refuses(
            "ms-ssim: expected images of at least 161×161 pixels; got 160×200",
            () => StructuralSimilarity.OfScales([], [], 200, 160));
        Refuses(
            "ssim: expected two images in planes of 11×12 numbers; got 132 and 264 numbers",
            () => StructuralSimilarity.Of(new float[132], new float[264], 11, 12));
        Refuses(
            "ssim: expected two images in planes of 11×12 numbers; got 131 and 131 numbers",
            () => StructuralSimilarity.Of(new float[131], new float[131], 11, 12));

        static void Refuses(string message, Func<double> similarity) =>
            Assert.Equal(message, Assert.Throws<ArgumentException>(() => similarity()).Message);
    }

    /// <summary>The images of the script.</summary>
    private static (float[] X, float[] Y) Images(int channels, int height, int width)
    {
        var (x, y) = (new float[channels * height * width], new float[channels * height * width]);
        for (var at = 0; at < x.Length; at++)
        {
            var (c, i, j) = (at / width / height, at / width % height, at % width);
            var pixel = ((i * j) + (3 * i * c) + (5 * j)) % 256;
            x[at] = (float)(pixel / 255.0 - 0.5);
            y[at] = (float)(((3 * pixel) + (((7 * i) + (13 * j) + c) % 200)) / 4 / 255.0 - 0.5);
        }

        return (x, y);
    }

    private static (float[] X, float[] Y) Noisy(int length, float noise, int seed)
    {
        var random = new Random(seed);
        float[] x = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        return (x, Array.ConvertAll(x, pixel => pixel + (noise * (random.NextSingle() - 0.5f))));
    }

    private static double[] Unit(float[] pixels, int plane, int length) =>
        [.. pixels.Skip(plane * length).Take(length).Select(pixel => pixel + 0.5)];

    /// <summary>Means of l·cs and cs over windows, variances as means of squared distances from the mean.</summary>
    private static (double Similarity, double Structure) Defined(double[] x, double[] y, int height, int width)
    {
        var weights = new double[Window, Window];
        var sum = 0.0;
        for (var i = 0; i < Window; i++)
        {
            for (var j = 0; j < Window; j++)
            {
                sum += weights[i, j] = Math.Exp(-(((i - 5) * (i - 5)) + ((j - 5) * (j - 5))) / (2 * 1.5 * 1.5));
            }
        }

        var (similarity, structure, windows) = (0.0, 0.0, 0);
        for (var top = 0; top + Window <= height; top++)
        {
            for (var left = 0; left + Window <= width; left++)
            {
                var (meanX, meanY) = (Mean((a, _) => a), Mean((_, b) => b));
                var varianceX = Mean((a, _) => (a - meanX) * (a - meanX));
                var varianceY = Mean((_, b) => (b - meanY) * (b - meanY));
                var covariance = Mean((a, b) => (a - meanX) * (b - meanY));
                var cs = ((2 * covariance) + C2) / (varianceX + varianceY + C2);
                structure += cs;
                similarity += ((2 * meanX * meanY) + C1) / ((meanX * meanX) + (meanY * meanY) + C1) * cs;
                windows++;

                double Mean(Func<double, double, double> of)
                {
                    var total = 0.0;
                    for (var i = 0; i < Window; i++)
                    {
                        for (var j = 0; j < Window; j++)
                        {
                            var at = ((top + i) * width) + left + j;
                            total += weights[i, j] / sum * of(x[at], y[at]);
                        }
                    }

                    return total;
                }
            }
        }

        return (similarity / windows, structure / windows);
    }

    private static double[] Halved(double[] pixels, int height, int width)
    {
        var half = new List<double>();
        for (var top = 0; top < height; top += 2)
        {
            for (var left = 0; left < width; left += 2)
            {
                int[] rows = [top, Math.Min(top + 1, height - 1)], columns = [left, Math.Min(left + 1, width - 1)];
                half.Add(rows.SelectMany(row => columns.Select(column => pixels[(row * width) + column])).Average());
            }
        }

        return [.. half];
    }
}
