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

            devices.Check([.. expected, .. expected.Select(value => Math.Floor(1e6 * value))], 0, s =>
            {
                var (whole, place) = (s.Floats(target, [c.B, t, c.C]), s.Ints([c.Place], [1]));
                Primitive.PutRowsInto(whole, s.Floats(rows, [c.B, c.Count, c.C]), place, offset);
                var ids = s.Ints(Array.ConvertAll(target, Millionths), [c.B, t, c.C]);
                Primitive.PutRowsInto(ids, s.Ints(Array.ConvertAll(rows, Millionths), [c.B, c.Count, c.C]), place, offset);
                return [whole.Share(), Floats(s, ids)];
            });

            static int Millionths(float value) => (int)Math.Floor(1e6 * value);
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
            var count = Math.Min(c.Count, t);
            var place = Math.Clamp(c.Place, 0, t - count);
            double[] expected =
            [
                .. Enumerable.Range(0, n * c.B * t * levels).Select(
                    i => Channel(i / levels / t / c.B, i / levels / t % c.B, i / levels % t, i % levels)),
                .. Enumerable.Range(0, n * c.B * count * levels).Select(
                    i => Channel(i / levels / count / c.B, i / levels / count % c.B, place + i / levels % count, i % levels)),
            ];

            devices.Check(expected, 0, s =>
            {
                var (grid, at, from) = (
                    s.Ints(ids, [c.B, levels, c.H, c.W]), s.Ints(taps, [n, 2]), s.Ints(starts, [levels + 1]));
                var all = s.Keep(Primitive.TapIds(grid, at, from));
                var some = s.Keep(Primitive.TapIds(grid, at, from, s.Ints([place], [1]), count));
                return [Floats(s, all), Floats(s, some)];
            });

            // What a tap sees of a level from place p of image b.
            double Channel(int tap, int b, int p, int level)
            {
                var (row, column) = (p / c.W + taps[2 * tap], p % c.W + taps[2 * tap + 1]);
                var isInside = row >= 0 && row < c.H && column >= 0 && column < c.W;
                var id = isInside ? ids[((b * levels + level) * c.H + row) * c.W + column] : -1;
                return id >= 0 && id < starts[level + 1] - starts[level] ? starts[level] + id : -1;
            }
        });

    [Property]
    public Property A_place_sees_the_keys_up_to_it_and_reads_no_others() =>
        Drawn.ForAll(Cases, c =>
        {
            var (t, d, dV, diagonal) = (c.H * c.W, c.C, c.Seed % 70 + 1, c.Seed % 3 - 1);
            var q = Numbers.Uniform(c.Seed, c.B * c.Count * d);
            var (k, v) = (Numbers.Uniform(c.Seed, c.B * t * d, stream: 1), Numbers.Uniform(c.Seed, c.B * t * dV, stream: 2));
            var expected = new double[c.B * c.Count * dV];
            for (var row = 0; row < c.B * c.Count; row++)
            {
                var (b, n) = (row / c.Count, row % c.Count);
                var weights = Enumerable.Range(0, Seen(n)).Select(s => Math.Exp(
                    Enumerable.Range(0, d).Sum(i => (double)q[row * d + i] * k[(b * t + s) * d + i]))).ToArray();
                var sum = weights.Sum();
                for (var i = 0; i < dV; i++)
                {
                    expected[row * dV + i] = weights.Select((weight, s) => weight / sum * v[(b * t + s) * dV + i]).Sum();
                }
            }

            for (var b = 0; b < c.B; b++)
            {
                var behind = Seen(c.Count - 1);
                Array.Fill(k, float.NaN, (b * t + behind) * d, (t - behind) * d);
                Array.Fill(v, float.NaN, (b * t + behind) * dV, (t - behind) * dV);
            }

            devices.Check(expected, 1e-5, s => Primitive.PlaceAttention(
                s.Floats(q, [c.B, c.Count, d]), s.Floats(k, [c.B, t, d]), s.Floats(v, [c.B, t, dV]), s.Ints([c.Place], [1]),
                diagonal));

            int Seen(int n) => Math.Clamp(c.Place + n + 1 + diagonal, 0, t);
        });

    [Fact]
    public void A_recorded_place_follows_the_place_that_the_device_holds()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var rows = scope.Floats(Numbers.Uniform(1, 5 * 3), [1, 5, 3]);
            var (q, place, y) = (scope.Floats([1, 0, 2], [1, 1, 3]), scope.Ints([0], [1]), scope.Floats(new float[3], [1, 1, 3]));
            var (ids, channels) = (scope.Ints([2, 0, 1, 1, 2], [1, 1, 1, 5]), scope.Ints([0], [1, 1, 1]));
            var (left, starts, first) = (scope.Ints([0, -1], [1, 2]), scope.Ints([0, 3], [2]), scope.Ints([0], [1]));
            using var recording = new Recording(device, () =>
            {
                using var own = Primitive.PlaceAttention(q, rows, rows, place, diagonal: 0);
                Primitive.CopyInto(y, own);
                using var found = Primitive.TapIds(ids, left, starts, place, count: 1);
                Primitive.PutRowsInto(channels, found, first);
            });
            for (var at = 0; at < 5; at++)
            {
                place.CopyFrom([at]);
                recording.Run();
                using var expected = Primitive.PlaceAttention(q, rows, rows, place, diagonal: 0);
                Assert.Equal(expected.ToArray(), y.ToArray());
                Assert.Equal(at == 0 ? -1 : ids.ToArray()[at - 1], channels.ToArray()[0]);
            }
        }
    }

    private static Tensor<float> Floats(TensorScope scope, Tensor<int> values) =>
        scope.Floats(Array.ConvertAll(values.ToArray(), value => (float)value), values.Shape).Share();

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
        var count = Assert.Throws<ShapeException>(() => Primitive.TapIds(
            scope.Ints(new int[4], [1, 1, 2, 2]), scope.Ints([0, 0], [1, 2]), scope.Ints([0, 2], [2]), place, count: -1));
        var attention = Assert.Throws<ShapeException>(
            () => Primitive.PlaceAttention(x, x, x, scope.Ints([0, 0], [2]), diagonal: 0));

        Assert.Equal(
            "put-rows: expected target (B, T, C), rows (B, N, C), place (1); got target (1, 4, 2), rows (1, 1, 3), place (1).",
            put.Message);
        Assert.Equal(
            "take-taps: expected x (B, T, C) with T rows of a width, place (1), taps (N, 2); got x (1, 4, 2), place (1), "
            + "taps (1, 2), width 3, 1 places.", take.Message);
        Assert.Equal(
            "tap-ids: expected ids (B, L, h, w), taps (N, 2), starts (L + 1); got ids (1, 1, 2, 2), taps (1, 2), starts (3).",
            codes.Message);
        Assert.Equal("tap-ids: expected place (1), a count of at least 0; got place (1), -1 places.", count.Message);
        Assert.Equal(
            "place-attention: expected q (B, N, D), k (B, S, D), v (B, S, DV), place (1); got q (1, 4, 2), k (1, 4, 2), "
            + "v (1, 4, 2), place (2).", attention.Message);
    }
}
