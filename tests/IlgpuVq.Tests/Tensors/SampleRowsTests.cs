using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Random rows are those that Philox draws, one from each part.</summary>
[Collection(TensorTests.Name)]
public sealed class SampleRowsTests(TensorDevices devices)
{
    private const ulong RunSeed = 7, Stream = 1234;

    private static Gen<(int N, int M, int Seed)> Cases(Choices draw) =>
        from n in draw.Between(1, 300)
        from m in draw.Between(0, 70)
        from seed in Numbers.Seeds
        select (n, m, seed);

    [Property]
    public Property Each_part_of_the_rows_gives_one() => Drawn.ForAll(Cases, c =>
    {
        var expected = Enumerable.Range(0, c.M).Select(m =>
        {
            var (first, end) = (m * c.N / c.M, (m + 1) * c.N / c.M);
            return (double)(first + (int)(Word(m) * (double)(end - first) / 4294967296.0));
        }).ToArray();
        if (c.M <= c.N)
        {
            Assert.Equal(c.M, expected.Distinct().Count());
        }

        devices.Check(expected, 0, s => Ids(s, random => Primitive.SampleRows(random, c.N, c.M, Stream)));
    });

    [Property]
    public Property Rows_come_by_their_weights_and_those_of_weight_0_never() => Drawn.ForAll(Cases, c =>
    {
        var weights = Numbers.Whole(c.Seed, c.N, from: 0, to: 1).Select(w => (float)w).ToArray();
        weights[c.Seed % c.N] = 1;
        var expected = Enumerable.Range(0, c.M).Select(m =>
        {
            var place = (m + (Word(m) >> 8) / 16777216f) / c.M * weights.Sum();
            var sum = 0f;
            return (double)Math.Min(c.N - 1, weights.TakeWhile(w => (sum += w) <= place).Count());
        }).ToArray();
        Assert.All(expected, row => Assert.Equal(1, weights[(int)row]));

        devices.Check(
            expected, 0, s => Ids(s, random => Primitive.SampleRows(random, s.Floats(weights, [c.N]), c.M, Stream)));
    });

    [Fact]
    public void There_must_be_rows()
    {
        using var random = new RandomState(devices.Cpu, RunSeed);
        const string rule = "sample-rows: expected at least one row, and a count of at least 0; got ";
        devices.CheckRefused(rule + "0 rows, count 2.", _ => [], _ => Primitive.SampleRows(random, 0, 2, Stream));
        devices.CheckRefused(rule + "3 rows, count -1.", _ => [], _ => Primitive.SampleRows(random, 3, -1, Stream));
        devices.CheckRefused(
            rule + "0 rows, count 2.", s => [s.Floats([1, 2], [2, 1])], t => Primitive.SampleRows(random, t[0], 2, Stream));
    }

    private static uint Word(int m)
    {
        var (x, y, _, _) = Philox.Block(RunSeed, 0x5354_4550_5345_4544, index: 9);
        return Philox.Block(x + ((ulong)y << 32), Stream, (ulong)m).X;
    }

    private static Tensor<float>[] Ids(TensorScope scope, Func<RandomState, Tensor<int>> draw)
    {
        using var random = new RandomState(scope.Device, RunSeed);
        random.Set(9);
        var ids = scope.Keep(draw(random));
        return [scope.Floats(Array.ConvertAll(ids.ToArray(), id => (float)id), ids.Shape).Share()];
    }
}
