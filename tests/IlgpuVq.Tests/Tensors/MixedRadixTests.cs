using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class MixedRadixTests(TensorDevices devices)
{
    private static Gen<(int[] Radices, int N, int Seed)> Cases(Choices draw) =>
        from d in draw.Between(1, 6)
        from radices in draw.Between(1, 9).ArrayOf(d)
        from n in draw.Of(Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(5000, 9000)))
        from seed in Numbers.Seeds
        select (radices, n, seed);

    [Property]
    public Property Digits_of_ids_write_the_ids_again_and_ids_outside_have_none() => Drawn.ForAll(Cases, c =>
    {
        var (codes, d) = (c.Radices.Product(), c.Radices.Length);
        var ids = Numbers.Whole(c.Seed, c.N, -2, codes + 1);
        var digits = new double[c.N * d];
        for (var n = 0; n < c.N; n++)
        {
            var rest = ids[n];
            for (var i = 0; i < d; i++)
            {
                digits[n * d + i] = ids[n] >= 0 && ids[n] < codes ? rest % c.Radices[i] : double.NaN;
                rest /= c.Radices[i];
            }
        }

        devices.Check(digits, 0, s => Primitive.SplitDigits(s.Ints(ids, [c.N]), s.Ints(c.Radices, [d])));
        var again = ids.Select(id => id >= 0 && id < codes ? id : -1);
        Compose(c.Radices, digits.Select(digit => (float)digit).ToArray(), again);
    });

    [Property]
    public Property Each_digit_counts_the_product_of_the_radices_before_it_once_it_is_rounded() => Drawn.ForAll(Cases, c =>
    {
        var d = c.Radices.Length;
        var digits = Numbers.Uniform(c.Seed, c.N * d).Select((x, i) => (x * 0.7f + 0.5f) * c.Radices[i % d] - 0.5f).ToArray();
        var expected = digits.Chunk(d).Select(row =>
        {
            var (id, place) = (0L, 1L);
            for (var i = 0; i < d; i++)
            {
                // The nearest whole number, the upper one of two.
                var digit = (long)Math.Floor(row[i] + 0.5f);
                if (digit < 0 || digit >= c.Radices[i])
                {
                    return -1;
                }

                id += digit * place;
                place *= c.Radices[i];
            }

            return (int)id;
        });
        Compose(c.Radices, digits, expected);
    });

    [Fact]
    public void A_digit_that_is_no_number_or_out_of_range_makes_the_whole_row_none() => Compose(
        [3, 4],
        [2, 3, float.NaN, 0, 0, float.NaN, 3, 0, 0, 4, -1, 0, 0, -1, float.PositiveInfinity, 0, 0, float.NegativeInfinity, 1e30f,
            0, 1, 0],
        [11, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1]);

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var (digits, ids, radices) = (s.Floats(new float[6], [3, 2]), s.Ints([0, 0], [2]), s.Ints([2, 2, 2], [3]));
            var before = device.Memory;
            var compose = Assert.Throws<ShapeException>(() => Primitive.ComposeDigits(digits, radices));
            Assert.Equal("mixed-radix: expected digits (N, D), radices (D); got digits (3, 2), radices (3).", compose.Message);
            using var matrix = ids.Reshape([2, 1]);
            var split = Assert.Throws<ShapeException>(() => Primitive.SplitDigits(matrix, radices));
            Assert.Equal("mixed-radix: expected ids (N), radices (D); got ids (2, 1), radices (3).", split.Message);
            Assert.Equal(before, device.Memory);
        }
    }

    private void Compose(int[] radices, float[] digits, IEnumerable<int> expected)
    {
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            Shape shape = [digits.Length / radices.Length, radices.Length];
            var ids = Primitive.ComposeDigits(s.Floats(digits, shape), s.Ints(radices, [radices.Length]));
            Assert.Equal(expected, s.Keep(ids).ToArray());
        }
    }
}
