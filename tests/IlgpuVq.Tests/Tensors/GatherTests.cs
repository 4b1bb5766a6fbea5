using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class GatherTests(TensorDevices devices)
{
    private static Gen<(int N, int K, int D, int Seed)> Cases(Choices draw) =>
        from n in draw.Between(0, 300)
        from k in draw.Between(0, 40)
        from d in draw.Of(Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(60, 90)))
        from seed in Numbers.Seeds
        select (n, k, d, seed);

    [Property]
    public Property Rows_are_looked_up_and_ids_outside_the_table_give_NaN() =>
        Drawn.ForAll(Cases, c =>
        {
            var table = Numbers.Uniform(c.Seed, c.K * c.D);
            var ids = Numbers.Whole(c.Seed, c.N, -2, c.K + 1);
            var expected = new double[c.N * c.D];
            for (var i = 0; i < expected.Length; i++)
            {
                var id = ids[i / c.D];
                expected[i] = id >= 0 && id < c.K ? table[id * c.D + i % c.D] : double.NaN;
            }

            devices.Check(expected, 0, s => Primitive.GatherRows(s.Floats(table, [c.K, c.D]), s.Ints(ids, [c.N])));
        });

    [Property]
    public Property Rows_are_added_and_counted_by_id_and_ids_outside_are_skipped() =>
        Drawn.ForAll(Cases, c =>
        {
            var values = Numbers.Uniform(c.Seed, c.N * c.D);
            var ids = Numbers.Whole(c.Seed, c.N, -2, c.K + 1);
            var (sums, counts) = (new double[c.K * c.D], new double[c.K]);
            for (var n = 0; n < c.N; n++)
            {
                if (ids[n] >= 0 && ids[n] < c.K)
                {
                    counts[ids[n]]++;
                    for (var d = 0; d < c.D; d++)
                    {
                        sums[ids[n] * c.D + d] += values[n * c.D + d];
                    }
                }
            }

            devices.Check([.. sums, .. counts], 1e-5, s =>
            {
                var at = s.Ints(ids, [c.N]);
                return [Primitive.ScatterAddRows(s.Floats(values, [c.N, c.D]), at, c.K), Primitive.CountIds(at, c.K)];
            });
        });

    [Fact]
    public void Each_sum_is_the_float_sum_over_rows_in_their_order()
    {
        // Adding 2⁻²⁴ to 1 rounds away, adding it twice first does not: the order shows in the result.
        const float tiny = 1f / (1 << 24);
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var values = scope.Floats([tiny, tiny, 1, 1, tiny, tiny], [6, 1]);
            var y = scope.Keep(Primitive.ScatterAddRows(values, scope.Ints([0, 0, 0, 1, 1, 1], [6]), rows: 2));
            Assert.Equal([1 + 2 * tiny, 1f], y.ToArray());
        }
    }

    [Property]
    public Property Adding_is_the_adjoint_of_looking_up() =>
        Drawn.ForAll(Cases, where: c => c.K > 0, c =>
        {
            var (table, rows) = (Numbers.Uniform(c.Seed, c.K * c.D), Numbers.Uniform(c.Seed, c.N * c.D, stream: 1));
            var ids = Numbers.Whole(c.Seed, c.N, 0, c.K - 1);
            using var s = new TensorScope(devices.Cpu);
            var at = s.Ints(ids, [c.N]);
            var read = s.Keep(Primitive.GatherRows(s.Floats(table, [c.K, c.D]), at)).ToArray();
            var added = s.Keep(Primitive.ScatterAddRows(s.Floats(rows, [c.N, c.D]), at, c.K)).ToArray();
            Assert.Equal(
                read.Zip(rows, (a, b) => (double)a * b).Sum(), table.Zip(added, (a, b) => (double)a * b).Sum(), 1e-3);
        });

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var (x, flat, ids) = (s.Floats(new float[6], [3, 2]), s.Floats(new float[6], [6]), s.Ints([0, 0], [2]));
            var before = device.Memory;
            var gather = Assert.Throws<ShapeException>(() => Primitive.GatherRows(flat, ids));
            Assert.Equal("gather-rows: expected table (K, D), ids (N); got table (6), ids (2).", gather.Message);
            var scatter = Assert.Throws<ShapeException>(() => Primitive.ScatterAddRows(x, ids, rows: 4));
            Assert.Equal(
                "scatter-add: expected values (N, D), ids (N), rows of at least 0; got values (3, 2), ids (2), rows 4.",
                scatter.Message);
            Assert.Throws<ShapeException>(() => Primitive.CountIds(ids, rows: -1));
            Assert.Equal(before, device.Memory);
        }
    }
}
