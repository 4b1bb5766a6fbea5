using IlgpuVq.Train.Reporting;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

public sealed class PrincipalComponentsTests
{
    /// <summary>Σ xxᵀ has the eigenvalues 2·5² and 2·1² along (3, 4)/5 and (−4, 3)/5, whatever the mean.</summary>
    [Fact]
    public void A_cross_that_is_turned_and_moved_is_seen_along_its_arms()
    {
        var map = PrincipalComponents.Of([13, 24, 7, 16, 9.2f, 20.6f, 10.8f, 19.4f], 2);

        Near([5, -5, 0, 0], map.X);
        Near([0, 0, -1, 1], map.Y);
        Near([50 / 52.0, 2 / 52.0], [map.ShareX, map.ShareY]);
    }

    /// <summary>In two dimensions nothing is lost: distances between rows stay.</summary>
    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 40)]
    [InlineData(40, 2)]
    public void Rows_of_a_plane_keep_their_distances_in_any_number_of_dimensions(int rows, int width)
    {
        var random = new Random(3);
        double[][] plane = [.. Enumerable.Range(0, 2).Select(_ => Draw(random, width))];
        double[][] places = [.. Enumerable.Range(0, rows).Select(_ => Draw(random, 2))];
        float[] values = [.. places.SelectMany(at => Enumerable.Range(0, width).Select(
            i => (float)(7 + at[0] * plane[0][i] + at[1] * plane[1][i])))];

        var map = PrincipalComponents.Of(values, width);

        Assert.Equal(1, map.ShareX + map.ShareY, 1e-6);
        for (var a = 0; a < rows; a++)
        {
            for (var b = 0; b < a; b++)
            {
                var distance = Math.Sqrt(Enumerable.Range(0, width).Sum(
                    i => Math.Pow((double)values[a * width + i] - values[b * width + i], 2)));
                Assert.Equal(distance, Math.Sqrt(Math.Pow(map.X[a] - map.X[b], 2) + Math.Pow(map.Y[a] - map.Y[b], 2)), 1e-4);
            }
        }
    }

    /// <summary>Of what is left, a principal component has no covariance with another, and no direction has more variance than
    /// the first.</summary>
    [Fact]
    public void Components_do_not_covary_and_the_first_has_the_most_variance_of_all_directions()
    {
        var (random, n, d) = (new Random(5), 200, 16);
        var mix = Draw(random, d * d);
        float[] rows = [.. Enumerable.Range(0, n).SelectMany(_ =>
        {
            var z = Draw(random, d);
            return Enumerable.Range(0, d).Select(i => (float)Enumerable.Range(0, d).Sum(j => mix[i * d + j] * z[j]));
        })];

        var map = PrincipalComponents.Of(rows, d);

        var (xx, yy) = (map.X.Sum(x => x * x), map.Y.Sum(y => y * y));
        Assert.Equal(0, map.X.Zip(map.Y, (x, y) => x * y).Sum() / Math.Sqrt(xx * yy), 1e-10);
        Assert.Equal(map.ShareX / map.ShareY, xx / yy, 1e-8);
        for (var trial = 0; trial < 100; trial++)
        {
            var direction = Draw(random, d);
            var length = Math.Sqrt(direction.Sum(value => value * value));
            double[] along = [.. Enumerable.Range(0, n).Select(
                r => Enumerable.Range(0, d).Sum(i => rows[r * d + i] * direction[i]) / length)];
            var mean = along.Average();
            Assert.True(along.Sum(value => (value - mean) * (value - mean)) < xx);
        }
    }

    [Fact]
    public void The_largest_number_of_a_direction_is_positive()
    {
        Near([1, -1], PrincipalComponents.Of([0.1f, 2, 0.2f, 0], 2).X, within: 0.01);
        Near([-1, 1], PrincipalComponents.Of([-0.2f, 0, -0.1f, 2], 2).X, within: 0.01);
        for (var seed = 0; seed < 50; seed++)
        {
            const int Width = 8;
            float[] rows = [.. Draw(new Random(seed), 20 * Width).Select(value => (float)value)];
            var map = PrincipalComponents.Of(rows, Width);
            double[] direction = [.. Enumerable.Range(0, Width).Select(
                i => map.X.Select((x, n) => x * rows[n * Width + i]).Sum())];
            Assert.True(direction.MaxBy(Math.Abs) > 0, $"{seed}");
        }
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(1, 5)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    public void A_collapsed_codebook_is_one_point_without_variance(int rows, int width)
    {
        var map = PrincipalComponents.Of(Enumerable.Repeat(0.1f, rows * width).ToArray(), width);

        Assert.Equal(new double[rows], map.X);
        Assert.Equal(new double[rows], map.Y);
        Assert.Equal((0, 0), (map.ShareX, map.ShareY));
    }

    [Fact]
    public void Rows_of_one_number_lie_on_a_line()
    {
        var map = PrincipalComponents.Of([3, 1, 2], 1);

        Near([1, -1, 0], map.X);
        Assert.Equal(new double[3], map.Y);
        Assert.Equal((1, 0), (map.ShareX, map.ShareY));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_row_that_is_not_finite_has_no_place_and_moves_no_other(float value)
    {
        var map = PrincipalComponents.Of([3, 0, value, 0, 1, 0], 2);

        Near([1, double.NaN, -1], map.X);
        Near([0, double.NaN, 0], map.Y);
        Assert.All(PrincipalComponents.Of([value, value], 2).X, x => Assert.True(double.IsNaN(x)));
    }

    [Fact]
    public void The_largest_and_the_smallest_floats_have_places()
    {
        Near([1, -1], [.. PrincipalComponents.Of([float.MaxValue, 0, -float.MaxValue, 0], 2).X.Select(x => x / float.MaxValue)]);
        Near([1, -1], [.. PrincipalComponents.Of([1e-30f, 0, -1e-30f, 0], 2).X.Select(x => x / 1e-30)]);
    }

    private static double[] Draw(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];

    private static void Near(double[] expected, double[] actual, double within = 1e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, within));
    }
}
