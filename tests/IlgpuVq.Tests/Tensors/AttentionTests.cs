using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Attention over more queries and keys than a block of them, which the laws do not reach.</summary>
[Collection(TensorTests.Name)]
public sealed class AttentionTests(TensorDevices devices)
{
    /// <summary>Lengths around those of blocks: 8 rows of a tile, 32 to 256 queries, 128 and 256 keys, 64 keys of a gradient.
    /// With 16 heads a whole head is one thread's. The last four keep their scores for the gradient.</summary>
    [Theory]
    [InlineData(1, 1, 300, 300, 5, 7, null)]
    [InlineData(1, 1, 300, 300, 5, 7, 0)]
    [InlineData(2, 1, 150, 150, 33, 3, -1)]
    [InlineData(1, 2, 70, 530, 9, 40, null)]
    [InlineData(1, 1, 3, 530, 19, 35, null)]
    [InlineData(4, 4, 65, 65, 8, 8, 0)]
    [InlineData(4, 4, 9, 257, 4, 4, null)]
    [InlineData(1, 1, 280, 280, 4, 4, -150)]
    [InlineData(1, 1, 280, 280, 4, 4, 140)]
    [InlineData(1, 1, 40, 200, 128, 7, null)]
    [InlineData(2, 1, 140, 140, 129, 5, 0)]
    [InlineData(1, 2, 9, 270, 135, 3, null)]
    [InlineData(4, 4, 20, 20, 130, 4, -1)]
    public void Results_and_gradients_equal_the_definition(int b, int heads, int t, int s, int d, int dV, int? diagonal)
    {
        var sizes = new Sizes(b, heads, t, s, d, dV, diagonal);
        var (q, k, v, dY) = (
            Numbers.Uniform(t, b * t * heads * d).Select(x => 6 * x).ToArray(), Numbers.Uniform(s, b * s * heads * d, stream: 1),
            Numbers.Uniform(d, b * s * heads * dV, stream: 2), Numbers.Uniform(dV, b * t * heads * dV, stream: 3));
        devices.Check(Definition(sizes, q, k, v, dY), 2e-5, scope =>
        {
            var (x, key, value, upstream) = (
                scope.Floats(q, [b, t, heads * d]), scope.Floats(k, [b, s, heads * d]), scope.Floats(v, [b, s, heads * dV]),
                scope.Floats(dY, [b, t, heads * dV]));
            var (y, logSums, scores) = Primitive.Attention(x, key, value, heads, diagonal, isForGradient: true);
            Assert.Equal(scope.Device.IsHost && t >= 9 && d >= 128 && s <= 2 * d, scores is not null);
            using (scores)
            {
                var (dQ, dK, dValue) = Primitive.AttentionGradient(
                    upstream, x, key, value, y, logSums, heads, diagonal, scores);
                return [y, logSums, dQ, dK, dValue];
            }
        });
    }

    [Fact]
    public void A_block_of_scores_of_minus_infinity_is_forgotten_when_others_follow()
    {
        // The first 300 keys score −∞, one that follows +0; then a NaN among the first, and a sum that is not finite.
        var k = Enumerable.Range(0, 301).Select(s => s < 300 ? float.NegativeInfinity : 0).ToArray();
        var v = Enumerable.Range(0, 301).Select(s => (float)s).ToArray();
        foreach (var queries in new[] { 1, 20 })
        {
            var q = Enumerable.Repeat(1f, queries).ToArray();
            double[] All(double value) => [.. Enumerable.Repeat(value, queries)];
            Check(All(300));
            k[7] = float.NaN;
            Check(All(double.NaN));
            k[7] = float.PositiveInfinity;
            Check(All(double.NaN));
            k[7] = float.NegativeInfinity;

            void Check(double[] expected) => devices.Check(expected, 1e-6, scope =>
            {
                var (y, logSums) = Primitive.Attention(
                    scope.Floats(q, [1, queries, 1]), scope.Floats(k, [1, 301, 1]), scope.Floats(v, [1, 301, 1]));
                logSums.Dispose();
                return y;
            });
        }
    }

    [Fact]
    public void Memory_grows_with_the_queries_and_not_with_their_square()
    {
        using var device = Device.Open("cpu");
        long Peak(int t)
        {
            using var scope = new TensorScope(device);
            var x = scope.Floats(Numbers.Uniform(1, t * 4), [1, t, 4]);
            var (y, logSums) = Primitive.Attention(x, x, x);
            var (dQ, dK, dV) = Primitive.AttentionGradient(x, x, x, x, scope.Keep(y), scope.Keep(logSums));
            (dQ, dK, dV) = (scope.Keep(dQ), scope.Keep(dK), scope.Keep(dV));
            return device.Memory.PeakBytes;
        }

        // Two panels of 256 keys for each query, and some tensors of 4 numbers: weights alone would be 4 · 6000².
        var (few, many) = (Peak(3000), Peak(6000));
        Assert.InRange(many, few, 2.1 * few);
        Assert.InRange(many, 0, 4L * 6000 * 6000 / 8);
    }

    [Fact]
    public void Operands_that_do_not_fit_are_refused()
    {
        devices.CheckRefused(
            "attention: expected q (B, T, D), k (B, S, D), v (B, S, DV), heads that divide D and DV, and S = T where causal; "
            + "got q (1, 2, 4), k (1, 3, 4), v (1, 3, 4), 2 heads, causal.",
            s => [s.Floats(new float[8], [1, 2, 4]), s.Floats(new float[12], [1, 3, 4])],
            t => Primitive.Attention(t[0], t[1], t[1], heads: 2, diagonal: -1));
        devices.CheckRefused(
            "attention: expected y and dY (B, T, DV), logarithms of sums (B, heads, T); "
            + "got y (1, 2, 4), dY (1, 2, 4), logSums (1, 2, 4), q (1, 2, 4), v (1, 2, 4).",
            s => [s.Floats(new float[8], [1, 2, 4])],
            t => Primitive.AttentionGradient(t[0], t[0], t[0], t[0], t[0], t[0], heads: 2));
        devices.CheckRefused(
            "attention: expected scores (B, heads, T, S); got (1, 2, 4) in place of (1, 1, 2, 2).",
            s => [s.Floats(new float[8], [1, 2, 4]), s.Floats(new float[2], [1, 1, 2])],
            t => Primitive.AttentionGradient(t[0], t[0], t[0], t[0], t[0], t[1], scores: t[0]));
    }

    /// <summary>y, logarithms of sums, dQ, dK and dV, each from the sums that define it.</summary>
    private static double[] Definition(Sizes n, float[] q, float[] k, float[] v, float[] dY)
    {
        var (y, logSums) = (new double[dY.Length], new double[n.B * n.Heads * n.T]);
        var (dQ, dK, dV) = (new double[q.Length], new double[k.Length], new double[v.Length]);
        var scale = 1 / Math.Sqrt(n.D);
        for (var row = 0; row < logSums.Length; row++)
        {
            var (b, head, t) = (row / n.T / n.Heads, row / n.T % n.Heads, row % n.T);
            int Query(int i) => (b * n.T + t) * n.Heads * n.D + head * n.D + i;
            int Key(int s, int i) => (b * n.S + s) * n.Heads * n.D + head * n.D + i;
            int Result(int i) => (b * n.T + t) * n.Heads * n.DV + head * n.DV + i;
            int Value(int s, int i) => (b * n.S + s) * n.Heads * n.DV + head * n.DV + i;
            var seen = n.Diagonal is { } diagonal ? Math.Clamp(t + 1 + diagonal, 0, n.S) : n.S;
            var scores = new double[seen];
            for (var s = 0; s < seen; s++)
            {
                for (var i = 0; i < n.D; i++)
                {
                    scores[s] += scale * q[Query(i)] * k[Key(s, i)];
                }
            }

            logSums[row] = Math.Log(scores.Sum(Math.Exp));
            var weights = Array.ConvertAll(scores, score => Math.Exp(score - logSums[row]));
            var gradients = new double[seen];
            for (var s = 0; s < seen; s++)
            {
                for (var i = 0; i < n.DV; i++)
                {
                    y[Result(i)] += weights[s] * v[Value(s, i)];
                    dV[Value(s, i)] += weights[s] * dY[Result(i)];
                    gradients[s] += (double)dY[Result(i)] * v[Value(s, i)];
                }
            }

            var mean = weights.Zip(gradients, (weight, gradient) => weight * gradient).Sum();
            for (var s = 0; s < seen; s++)
            {
                for (var i = 0; i < n.D; i++)
                {
                    dQ[Query(i)] += scale * weights[s] * (gradients[s] - mean) * k[Key(s, i)];
                    dK[Key(s, i)] += scale * weights[s] * (gradients[s] - mean) * q[Query(i)];
                }
            }
        }

        return [.. y, .. logSums, .. dQ, .. dK, .. dV];
    }

    private sealed record Sizes(int B, int Heads, int T, int S, int D, int DV, int? Diagonal);
}
