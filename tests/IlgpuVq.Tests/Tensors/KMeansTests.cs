using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Codes move to the means of their clusters, and ids become rows with a one.</summary>
[Collection(TensorTests.Name)]
public sealed class KMeansTests(TensorDevices devices)
{
    private static Gen<(int K, int N, int D, int Seed, int Iterations, bool IsSpherical)> Cases(Choices draw) =>
        from k in draw.Between(1, 40)
        from n in draw.Between(0, 90)
        from d in draw.Between(1, 20)
        from seed in Numbers.Seeds
        from isSpherical in draw.Flag()
        from iterations in draw.Between(0, isSpherical ? 1 : 2) // codes of one direction would be one code
        select (k, n, d, seed, iterations, isSpherical);

    private static Gen<(int N, int K, int Seed)> Ids(Choices draw) =>
        from n in draw.Between(0, 300)
        from k in draw.Between(1, 70)
        from seed in Numbers.Seeds
        select (n, k, seed);

    [Property]
    public Property Each_code_becomes_the_mean_of_the_vectors_that_are_nearest_to_it() => Drawn.ForAll(Cases, c =>
    {
        // Vectors beside codes that are all different, far from the middle between two: rounding sends none of them elsewhere.
        var codes = Numbers.Whole(c.Seed, c.K * c.D, from: -3, to: 3)
            .Select((x, i) => i % c.D == 0 ? i / c.D : (float)x).ToArray();
        var near = Numbers.Whole(c.Seed + 1, c.N, from: 0, to: c.K - 1);
        var noise = Numbers.Uniform(c.Seed, c.N * c.D);
        var vectors = noise.Select((x, i) => codes[near[i / c.D] * c.D + i % c.D] + 0.02f * x).ToArray();
        var weights = Numbers.Whole(c.Seed + 2, c.N, from: 0, to: 3).Select(w => Math.Min(w, 1f)).ToArray();
        var (expected, counts) = (codes.ToDoubles().Chunk(c.D).ToArray(), Enumerable.Repeat(0.5, c.K).ToArray());
        for (var i = 0; i < c.Iterations; i++)
        {
            Move(expected, counts, [.. vectors.ToDoubles().Chunk(c.D)], weights, c.IsSpherical);
        }

        foreach (var active in (float[])[1, 0])
        {
            double[] result = active == 1
                ? [.. expected.SelectMany(code => code), .. counts]
                : [.. codes.ToDoubles(), .. Enumerable.Repeat(0.5, c.K)];
            devices.Check(result, 2e-5, s =>
            {
                var e = s.Floats(codes, [c.K, c.D]);
                var n = s.Floats([.. Enumerable.Repeat(0.5f, c.K)], [c.K]);
                Primitive.KMeans(
                    e, n, s.Floats(vectors, [c.N, c.D]), s.Floats(weights, [c.N]), s.Floats([active], []),
                    new KMeansParams(c.Iterations, c.IsSpherical));
                return [e.Share(), n.Share()];
            });
        }
    });

    [Property]
    public Property An_id_is_a_row_of_zeros_with_a_one() => Drawn.ForAll(Ids, c =>
    {
        var ids = Numbers.Whole(c.Seed, c.N, from: -2, to: c.K + 1);
        double[] expected = [.. ids.SelectMany(id => Enumerable.Range(0, c.K).Select(k => id == k ? 1.0 : 0))];
        devices.Check(expected, 0, s => Primitive.OneHot(s.Ints(ids, [c.N]), c.K));
    });

    [Fact]
    public void Shapes_must_belong_together()
    {
        devices.CheckRefused(
            "k-means: expected codes (K, D) with K ≥ 1, counts (K), vectors (N, D), weights (N), active (); "
            + "got codes (2, 1), counts (2), vectors (2, 1), weights (2), active (2).",
            s => [s.Floats([1, 2], [2, 1]), s.Floats([1, 2], [2])],
            t => Primitive.KMeans(t[0], t[1], t[0], t[1], t[1], new KMeansParams(1)));
        foreach (var device in devices.All)
        {
            using var ids = device.From<int>([0, 1], [2]);
            Assert.Equal(
                "one-hot: expected ids (N), and at least one class; got ids (2), 0 classes.",
                Assert.Throws<ShapeException>(() => Primitive.OneHot(ids, classes: 0)).Message);
        }
    }

    private static void Move(double[][] codes, double[] counts, double[][] vectors, float[] weights, bool isSpherical)
    {
        var ids = vectors.Select(vector => Enumerable.Range(0, codes.Length).MinBy(
            k => vector.Zip(codes[k], (a, b) => (a - b) * (a - b)).Sum())).ToArray();
        for (var k = 0; k < codes.Length; k++)
        {
            var own = vectors.Where((_, n) => ids[n] == k && weights[n] != 0).ToArray();
            counts[k] = own.Length;
            if (own.Length > 0)
            {
                var sum = Enumerable.Range(0, codes[k].Length).Select(d => own.Sum(vector => vector[d])).ToArray();
                var length = Math.Sqrt(sum.Sum(x => x * x));
                codes[k] = [.. sum.Select(x => x / (isSpherical && length > 1e-6 ? length : own.Length))];
            }
        }
    }
}
