using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Primitives of networks that go place by place.</summary>
[Collection(TensorTests.Name)]
public sealed class PlaceCacheTests(TensorDevices devices)
{
    private static Gen<(int B, int H, int W, int C, int Place, int Count, int Seed)> Cases(Choices draw) =>
        from b in draw.Between(1, 3)
        from h in draw.Between(1, 5)
        from w in draw.Between(1, 5)
        from c in draw.Of(Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(30, 40)))
        from place in draw.Between(-2, h * w + 1)
        from count in draw.Between(0, w)
        from seed in Numbers.Seeds
        select (b, h, w, c, place, count, seed);

    [Property]
    public Property Rows_go_where_the_place_says_and_nowhere_else() =>
        Drawn.ForAll(Cases, c =>
        {
            var (t, offset) = (c.H * c.W, c.Seed % 3 - 1);
            var target = Numbers.Uniform(c.Seed, c.B * t * c.C);
            var rows = Numbers.Uniform(c.Seed + 1, c.B * c.Count * c.C);
            var expected = Array.ConvertAll(target, value => (double)value);
            for (var i = 0; i < rows.Length; i++)
            {
                var (b, n) = (i / c.C / c.Count, i / c.C % c.Count);
                var at = c.Place + offset + n;
                if (at >= 0 && at < t)
                {
                    expected[(b * t + at) * c.C + i % c.C] = rows[i];
                }
            }

            devices.Check(expected, 0, s =>
            {
                var whole = s.Floats(target, [c.B, t, c.C]);
                Primitive.PutRowsInto(whole, s.Floats(rows, [c.B, c.Count, c.C]), s.Ints([c.Place], [1]), offset);
                return whole.Share();
            });
        });

    [Property]
    public Property Taps_show_what_a_convolution_with_padding_sees() =>
        Drawn.ForAll(Cases, c =>
        {
            var (t, place) = (c.H * c.W, Math.Clamp(c.Place, 0, c.H * c.W - 1));
            var x = Numbers.Uniform(c.Seed, c.B * t * c.C);
            int[] taps = [0, 0, -1, 1, -2, -1, 0, -3, 1, 0];
            var n = taps.Length / 2;
            var expected = new double[c.B * c.Count * n * c.C];
            for (var i = 0; i < expected.Length; i++)
            {
                var (tap, p) = (i / c.C % n, place + i / c.C / n % c.Count);
                var (row, column) = (p / c.W + taps[2 * tap], p % c.W + taps[2 * tap + 1]);
                expected[i] = row >= 0 && row < c.H && column >= 0 && column < c.W
                    ? x[((i / c.C / n / c.Count * c.H + row) * c.W + column) * c.C + i % c.C]
                    : 0;
            }

            devices.Check(expected, 0, s => Primitive.TakeTaps(
                s.Floats(x, [c.B, t, c.C]), s.Ints([place], [1]), s.Ints(taps, [n, 2]), c.W, c.Count));
        });

    [Property]
    public Property Channels_of_taps_are_those_that_a_convolution_of_one_hot_codes_sees() =>
        Drawn.ForAll(Cases, c =>
        {
            int[] taps = [0, -1, -1, 1, -2, 0, 1, 2], starts = [0, 3, 5];
            var (n, levels, t) = (taps.Length / 2, starts.Length - 1, c.H * c.W);
            var random = new Random(c.Seed);
            var ids = Enumerable.Range(0, c.B * levels * t).Select(_ => random.Next(-1, 4)).ToArray();
            var expected = new double[c.B * t * n * levels];
            for (var i = 0; i < expected.Length; i++)
            {
                var (level, tap, p, b) = (i % levels, i / levels % n, i / levels / n % t, i / levels / n / t);
                var (row, column) = (p / c.W + taps[2 * tap], p % c.W + taps[2 * tap + 1]);
                var isInside = row >= 0 && row < c.H && column >= 0 && column < c.W;
                var id = isInside ? ids[((b * levels + level) * c.H + row) * c.W + column] : -1;
                expected[i] = id >= 0 && id < starts[level + 1] - starts[level] ? starts[level] + id : -1;
            }

            devices.Check(expected, 0, s =>
            {
                using var channels = Primitive.TapIds(
                    s.Ints(ids, [c.B, levels, c.H, c.W]), s.Ints(taps, [n, 2]), s.Ints(starts, [levels + 1]));
                return s.Floats(Array.ConvertAll(channels.ToArray(), id => (float)id), channels.Shape).Share();
            });
        });

    [Property]
    public Property A_softmax_from_a_place_is_that_of_the_row_of_a_causal_one() =>
        Drawn.ForAll(Cases, c =>
        {
            var (t, diagonal) = (c.H * c.W, c.Seed % 3 - 1);
            var x = Numbers.Uniform(c.Seed, c.B * t);
            var expected = new double[x.Length];
            for (var b = 0; b < c.B; b++)
            {
                var seen = Math.Clamp(c.Place + 1 + diagonal, 0, t);
                var row = x.AsSpan(b * t, seen).ToArray();
                var sum = row.Sum(value => Math.Exp(value));
                for (var i = 0; i < seen; i++)
                {
                    expected[b * t + i] = Math.Exp(row[i]) / sum;
                }
            }

            devices.Check(expected, 1e-6, s => Primitive.CausalSoftmax(
                s.Floats(x, [c.B, 1, t]), s.Ints([c.Place], [1]), diagonal));
        });

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope(devices.Cpu);
        var (x, place) = (scope.Floats(new float[8], [1, 4, 2]), scope.Ints([0], [1]));

        var put = Assert.Throws<ShapeException>(
            () => Primitive.PutRowsInto(x, scope.Floats(new float[3], [1, 1, 3]), place));
        var take = Assert.Throws<ShapeException>(
            () => Primitive.TakeTaps(x, place, scope.Ints([0, 0], [1, 2]), width: 3, count: 1));
        var codes = Assert.Throws<ShapeException>(() => Primitive.TapIds(
            scope.Ints(new int[4], [1, 1, 2, 2]), scope.Ints([0, 0], [1, 2]), scope.Ints([0, 2, 4], [3])));
        var softmax = Assert.Throws<ShapeException>(() => Primitive.CausalSoftmax(x, scope.Ints([0, 0], [2]), diagonal: 0));

        Assert.Equal(
            "put-rows: expected target (B, T, C), rows (B, N, C), place (1); got target (1, 4, 2), rows (1, 1, 3), place (1).",
            put.Message);
        Assert.Equal(
            "take-taps: expected x (B, T, C) with T rows of a width, place (1), taps (N, 2); got x (1, 4, 2), place (1), "
            + "taps (1, 2), width 3, 1 places.", take.Message);
        Assert.Equal(
            "tap-ids: expected ids (B, L, h, w), taps (N, 2), starts (L + 1); got ids (1, 1, 2, 2), taps (1, 2), starts (3).",
            codes.Message);
        Assert.Equal("causal-softmax: expected x (…, T, S), place (1); got x (1, 4, 2), place (2).", softmax.Message);
    }
}
