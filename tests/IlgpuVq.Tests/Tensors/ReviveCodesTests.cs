using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Dead codes become vectors of the batch, the others keep their bits.</summary>
[Collection(TensorTests.Name)]
public sealed class ReviveCodesTests(TensorDevices devices)
{
    private static Gen<(int K, int N, int D, int Seed)> Cases(Choices draw) =>
        from k in draw.Between(0, 300)
        from n in draw.Between(0, 50)
        from d in draw.Between(0, 70)
        from seed in Numbers.Seeds
        select (k, n, d, seed);

    [Property]
    public Property Codes_below_the_least_count_become_the_vectors_that_Philox_draws() => Drawn.ForAll(Cases, c =>
    {
        const ulong runSeed = 7, stream = 1234;
        const float least = 0.25f;
        var (codes, sums) = (Numbers.Uniform(c.Seed, c.K * c.D), Numbers.Uniform(c.Seed, c.K * c.D, stream: 1));
        var (counts, vectors) = (Numbers.Uniform(c.Seed, c.K, stream: 2), Numbers.Uniform(c.Seed, c.N * c.D, stream: 3));
        if (c.K > 1)
        {
            (counts[0], counts[1]) = (least, float.NaN);
        }

        var (x, y, _, _) = Philox.Block(runSeed, 0x5354_4550_5345_4544, index: 9);
        var stepSeed = x + ((ulong)y << 32);
        var (newCodes, newCounts, newSums) = (codes.ToDoubles(), counts.ToDoubles(), sums.ToDoubles());
        for (var k = 0; k < c.K && c.N > 0; k++)
        {
            if (counts[k] < least)
            {
                var row = (int)(Philox.Block(stepSeed, stream, (ulong)k).X * (double)c.N / 4294967296.0);
                newCounts[k] = least;
                for (var d = 0; d < c.D; d++)
                {
                    newCodes[k * c.D + d] = vectors[row * c.D + d];
                    newSums[k * c.D + d] = least * vectors[row * c.D + d];
                }
            }
        }

        devices.Check([.. newCodes, .. newCounts, .. newSums], 0, s =>
        {
            var (e, n, m) = (s.Floats(codes, [c.K, c.D]), s.Floats(counts, [c.K]), s.Floats(sums, [c.K, c.D]));
            using var random = new RandomState(s.Device, runSeed);
            random.Set(9);
            Primitive.ReviveCodes(e, n, m, s.Floats(vectors, [c.N, c.D]), s.Floats([least], []), random, stream);
            return [e.Share(), n.Share(), m.Share()];
        });
    });

    [Fact]
    public void Shapes_must_belong_together()
    {
        using var random = new RandomState(devices.Cpu, 1);
        const string rule = "revive-codes: expected codes and sums (K, D), counts (K), vectors (N, D), least (); got ";
        devices.CheckRefused(
            rule + "codes (2, 1), counts (2, 1), sums (2, 1), vectors (2, 1), least ().",
            s => [s.Floats([1, 2], [2, 1]), s.Floats([1], [])],
            t => Primitive.ReviveCodes(t[0], t[0], t[0], t[0], t[1], random, stream: 0));
        devices.CheckRefused(
            rule + "codes (2, 1), counts (2), sums (2, 1), vectors (1, 2), least ().",
            s => [s.Floats([1, 2], [2, 1]), s.Floats([1, 2], [2]), s.Floats([1, 2], [1, 2]), s.Floats([1], [])],
            t => Primitive.ReviveCodes(t[0], t[1], t[0], t[2], t[3], random, stream: 0));
    }
}
