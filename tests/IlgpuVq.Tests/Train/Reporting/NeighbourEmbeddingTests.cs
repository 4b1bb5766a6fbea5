using IlgpuVq.Train.Reporting;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>Maps by t-SNE.</summary>
public sealed class NeighbourEmbeddingTests
{
    private const int Width = 16;

    [Theory]
    [InlineData(3, 20)]
    [InlineData(10, 40)]
    public void Rows_of_a_cluster_stay_together(int clusters, int size)
    {
        var (rows, labels) = Clusters(clusters, size, seed: 1);
        var map = Embed(rows, seed: 0);

        const int neighbours = 10;
        var agreeing = Enumerable.Range(0, labels.Length).Sum(i => Enumerable.Range(0, labels.Length)
            .Where(j => j != i).OrderBy(j => Square(map.X[j] - map.X[i]) + Square(map.Y[j] - map.Y[i]))
            .Take(neighbours).Count(j => labels[j] == labels[i]));
        Assert.InRange(agreeing / (double)(neighbours * labels.Length), 0.99, 1);
        Assert.True(map.X.Max() - map.X.Min() > 1, "nothing moved");
    }

    /// <summary>dy = the slope of Σ p ln(p/q), by its definition in plain loops.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(23)]
    public void The_gradient_is_the_slope_of_the_divergence(int count)
    {
        var random = new Random(2);
        var p = NeighbourEmbedding.Affinities([.. Enumerable.Range(0, count).Select(_ => Draw(random, Width))]);
        var plane = new NeighbourEmbedding.Plane(count);
        Draw(random, count).CopyTo(plane.X, 0);
        Draw(random, count).CopyTo(plane.Y, 0);
        var (dX, dY) = (new double[count], new double[count]);
        NeighbourEmbedding.Gradient(p, plane, 1, dX, dY);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(Slope(plane.X, i), dX[i], 1e-7);
            Assert.Equal(Slope(plane.Y, i), dY[i], 1e-7);
        }

        double Slope(double[] places, int i)
        {
            const double step = 1e-5;
            var place = places[i];
            places[i] = place + step;
            var above = Divergence(p, plane, count);
            places[i] = place - step;
            var below = Divergence(p, plane, count);
            places[i] = place;
            return (above - below) / (2 * step);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(50)]
    [InlineData(200)]
    public void Affinities_have_the_entropy_of_the_perplexity(int count)
    {
        // On a ring all rows are alike, so that p(j|i) = N · p(i, j).
        var p = NeighbourEmbedding.Affinities([.. Enumerable.Range(0, count).Select(
            n => new[] { 1e-4 * Math.Cos(2 * Math.PI * n / count), 1e-4 * Math.Sin(2 * Math.PI * n / count) })]);
        Assert.Equal(1, p.Sum(row => row.Sum()), 1e-9);
        var wanted = Math.Log(Math.Min(NeighbourEmbedding.Perplexity, (count - 1) / 3.0));
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(0, p[i][i]);
            Assert.Equal(0, p[i].Skip(count).Sum());
            if (count > 4)
            {
                Assert.Equal(wanted, -p[i].Where(value => value > 0).Sum(value => count * value * Math.Log(count * value)), 1e-4);
            }
        }
    }

    [Fact]
    public void A_seed_gives_the_same_map_and_another_seed_another()
    {
        var (rows, _) = Clusters(4, 10, seed: 3);
        var (first, again, other) = (Embed(rows, seed: 7), Embed(rows, seed: 7), Embed(rows, seed: 8));
        Assert.Equal(first.X, again.X);
        Assert.Equal(first.Y, again.Y);
        Assert.NotEqual(first.X, other.X);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_few_rows_lie_where_their_principal_components_are(int count)
    {
        var random = new Random(4);
        float[] rows = [.. Draw(random, count * Width).Select(value => (float)value)];
        var components = PrincipalComponents.Of(rows, Width);
        var map = Embed(rows, seed: 0);
        Assert.Equal(components.X, map.X);
        Assert.Equal(components.Y, map.Y);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(100)]
    public void Equal_rows_have_places_all_the_same(int count)
    {
        var map = Embed(Enumerable.Repeat(0.25f, count * Width).ToArray(), seed: 0);
        Assert.All(map.X.Concat(map.Y), value => Assert.True(double.IsFinite(value)));
    }

    /// <summary>Of two clusters of duplicates, each stays together.</summary>
    [Fact]
    public void Duplicates_lie_together()
    {
        float[] rows = [.. Enumerable.Range(0, 40).SelectMany(n => Enumerable.Repeat(n < 20 ? -1f : 1f, Width))];
        var map = Embed(rows, seed: 0);
        var spread = Enumerable.Range(0, 20).Max(n => Math.Abs(map.X[n] - map.X[0]));
        Assert.True(Math.Abs(map.X[0] - map.X[39]) > 3 * spread, $"{map.X[0]} {map.X[39]} {spread}");
    }

    [Fact]
    public void A_row_that_is_not_finite_has_no_place_and_moves_no_other()
    {
        var (rows, _) = Clusters(2, 10, seed: 5);
        var map = Embed([.. rows[..Width], .. Enumerable.Repeat(float.NaN, Width), .. rows[Width..]], seed: 0);
        var without = Embed(rows, seed: 0);
        Assert.True(double.IsNaN(map.X[1]) && double.IsNaN(map.Y[1]));
        Assert.Equal(without.X, map.X.Where((_, n) => n != 1));
    }

    private static NeighbourEmbedding Embed(float[] rows, ulong seed) =>
        NeighbourEmbedding.Of(rows, Width, PrincipalComponents.Of(rows, Width), seed);

    private static double Divergence(double[][] p, NeighbourEmbedding.Plane plane, int count)
    {
        var w = new double[count, count];
        var z = 0.0;
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                w[i, j] = i == j ? 0 : 1 / (1 + Square(plane.X[i] - plane.X[j]) + Square(plane.Y[i] - plane.Y[j]));
                z += w[i, j];
            }
        }

        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                sum += p[i][j] > 0 ? p[i][j] * Math.Log(p[i][j] * z / w[i, j]) : 0;
            }
        }

        return sum;
    }

    private static (float[] Rows, int[] Labels) Clusters(int clusters, int size, int seed)
    {
        var random = new Random(seed);
        double[][] means = [.. Enumerable.Range(0, clusters).Select(_ => Draw(random, Width))];
        int[] labels = [.. Enumerable.Range(0, clusters * size).Select(n => n % clusters)];
        return ([.. labels.SelectMany(label => Draw(random, Width).Zip(means[label], (a, mean) => (float)(0.1 * a + 3 * mean)))],
            labels);
    }

    private static double Square(double value) => value * value;

    /// <summary>Numbers of a normal distribution.</summary>
    private static double[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(
        _ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
}
