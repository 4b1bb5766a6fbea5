using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class RandomFillTests(TensorDevices devices)
{
    private const int Many = 200_000;

    private static Gen<(int Count, int Seed, int Stream)> Cases(Choices draw) =>
        from count in draw.Of(Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(10, 5000)))
        from seed in Numbers.Seeds
        from stream in draw.Between(0, 1000)
        select (count, seed, stream);

    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x299f31d0a4093822UL, 0x0370734413198a2eUL, 0x85a308d3243f6a88UL, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u,
        0x24126ea1u)]
    public void Philox_gives_the_known_answers_of_its_authors(
        ulong seed, ulong stream, ulong index, uint x, uint y, uint z, uint w) =>
        Assert.Equal((x, y, z, w), Philox.Block(seed, stream, index));

    [Property]
    public Property Element_i_is_word_i_mod_4_of_block_i_div_4_on_every_device() =>
        Drawn.ForAll(Cases, c =>
        {
            var (seed, stream) = ((ulong)c.Seed, (ulong)c.Stream);
            var u = Enumerable.Range(0, c.Count).Select(i => Uniform(seed, stream, i)).ToArray();
            devices.Check([.. u.Select(x => (double)x)], 0,
                s => Primitive.RandomUniform(s.Device, [c.Count], 0, 1, seed, stream));
            devices.Check([.. u.Select(x => -3 + 5 * (double)x)], 1e-6,
                s => Primitive.RandomUniform(s.Device, [c.Count], -3, 2, seed, stream));
            devices.Check([.. u.Select(x => x < 0.3f ? 1.0 : 0)], 0,
                s => Primitive.RandomBernoulli(s.Device, [c.Count], 0.3f, seed, stream));
        });

    [Property]
    public Property Normal_numbers_are_polar_coordinates_of_pairs_of_words_on_every_device() =>
        Drawn.ForAll(Cases, c =>
        {
            var (seed, stream) = ((ulong)c.Seed, (ulong)c.Stream);
            var expected = Enumerable.Range(0, c.Count).Select(i => 1 + 2 * Normal(seed, stream, (ulong)i / 4, i % 4)).ToArray();
            devices.Check(expected, 1e-5, s => Primitive.RandomNormal(s.Device, [c.Count], mean: 1, deviation: 2, seed, stream));
        });

    [Property]
    public Property Truncated_normal_numbers_are_the_first_within_two_deviations_of_their_blocks() =>
        Drawn.ForAll(Cases, c =>
        {
            var (seed, stream) = ((ulong)c.Seed, (ulong)c.Stream);
            var isNearCut = false;
            var expected = new double[c.Count];
            for (var i = 0; i < c.Count; i++)
            {
                var block = (ulong)i / 4;
                var x = Normal(seed, stream, block, i % 4);
                while (Math.Abs(x) > 2)
                {
                    isNearCut |= Math.Abs(x) < 2 + 1e-5;
                    block += 1UL << 32;
                    x = Normal(seed, stream, block, i % 4);
                }

                isNearCut |= Math.Abs(x) > 2 - 1e-5;
                expected[i] = 0.5 * x;
            }

            // On which side of the cut such a number falls is a matter of rounding: those rare cases show nothing.
            if (isNearCut)
            {
                return;
            }

            devices.Check(expected, 1e-5,
                s => Primitive.RandomTruncatedNormal(s.Device, [c.Count], deviation: 0.5f, seed, stream));
        });

    [Property]
    public Property Numbers_of_the_run_go_on_where_those_of_the_step_before_end() =>
        Drawn.ForAll(
            draw =>
                from c in Cases(draw)
                from step in draw.Of(Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(0, int.MaxValue)))
                select (c.Count, c.Seed, c.Stream, Step: 5L * step),
            c =>
            {
                var (seed, stream) = ((ulong)c.Seed << 31 | 7, (ulong)c.Stream);
                var before = (ulong)c.Step * (ulong)((c.Count + 3) / 4);
                devices.Check(
                    [.. Enumerable.Range(0, c.Count).Select(
                        i => (double)Philox.ToUniform(Word(seed, stream, before + (ulong)i / 4, i % 4)))],
                    0,
                    s =>
                    {
                        using var random = new RandomState(s.Device, seed);
                        random.Set(c.Step);
                        return random.UniformOfRun([c.Count], 0, 1, stream);
                    });
            });

    [Fact]
    public void The_distributions_have_their_moments()
    {
        // Five standard errors at this count; the seed is fixed, so the test is either right or wrong.
        var error = 5 / Math.Sqrt(Many);
        var uniform = Draw(s => Primitive.RandomUniform(s.Device, [Many], -1, 1, seed: 11, stream: 1));
        Assert.Equal(0, uniform.Average(), error * Math.Sqrt(1.0 / 3));
        Assert.Equal(1.0 / 3, uniform.Average(x => x * x), error * 0.3);
        var normal = Draw(s => Primitive.RandomNormal(s.Device, [Many], 0, 1, seed: 12, stream: 1));
        Assert.Equal(0, normal.Average(), error);
        Assert.Equal(1, normal.Average(x => x * x), error * Math.Sqrt(2));
        Assert.Equal(0, normal.Average(x => x * x * x), error * Math.Sqrt(15));
        Assert.Equal(3, normal.Average(x => x * x * x * x), error * Math.Sqrt(96));
        var truncated = Draw(s => Primitive.RandomTruncatedNormal(s.Device, [Many], 1, seed: 13, stream: 1));
        Assert.All(truncated, x => Assert.InRange(x, -2, 2));
        Assert.Equal(0, truncated.Average(), error);
        Assert.Equal(0.7737, truncated.Average(x => x * x), error);
        var kept = Draw(s => Primitive.RandomBernoulli(s.Device, [Many], 0.7f, seed: 14, stream: 1));
        Assert.Equal(0.7, kept.Average(), error * Math.Sqrt(0.21));
    }

    [Fact]
    public void Neighbours_and_streams_are_uncorrelated()
    {
        var error = 5 / Math.Sqrt(Many);
        var (a, b) = (
            Draw(s => Primitive.RandomNormal(s.Device, [Many], 0, 1, 1, 1)),
            Draw(s => Primitive.RandomNormal(s.Device, [Many], 0, 1, 1, 2)));
        var other = Draw(s => Primitive.RandomNormal(s.Device, [Many], 0, 1, 2, 1));
        Assert.Equal(0, a.Zip(b, (x, y) => x * y).Average(), error);
        Assert.Equal(0, a.Zip(other, (x, y) => x * y).Average(), error);
        foreach (var lag in (int[])[1, 2, 3, 4])
        {
            Assert.Equal(0, a.Zip(a.Skip(lag), (x, y) => x * y).Average(), error);
        }
    }

    [Fact]
    public void A_probability_is_within_0_and_1()
    {
        Assert.All((float[])[-0.1f, 1.5f, float.NaN], p =>
            Assert.Throws<ArgumentOutOfRangeException>(() => Primitive.RandomBernoulli(devices.Cpu, [1], p, 0, 0)));
        devices.Check([1, 1, 1], 0, s => Primitive.RandomBernoulli(s.Device, [3], 1, 0, 0));
        devices.Check([0, 0, 0], 0, s => Primitive.RandomBernoulli(s.Device, [3], 0, 0, 0));
    }

    private static uint Word(ulong seed, ulong stream, ulong block, int word)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        return word switch { 0 => x, 1 => y, 2 => z, _ => w };
    }

    private static float Uniform(ulong seed, ulong stream, int i) => Philox.ToUniform(Word(seed, stream, (ulong)i / 4, i % 4));

    private static double Normal(ulong seed, ulong stream, ulong block, int word)
    {
        // The uniform number is a float by definition: near 1, where the radius is near 0, its rounding shows in the result.
        var first = word / 2 * 2;
        var uniform = (Word(seed, stream, block, first) + 0.5f) * (1f / 4294967296f);
        var radius = Math.Sqrt(-2 * Math.Log(uniform));
        var angle = 2 * Math.PI * (Philox.ToUniform(Word(seed, stream, block, first + 1)) - 0.5);
        return radius * (word % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
    }

    private double[] Draw(Func<TensorScope, Tensor<float>> fill)
    {
        using var scope = new TensorScope(devices.Cpu);
        return scope.Keep(fill(scope)).ToArray().ToDoubles();
    }
}
