using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Entropy;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Entropy;

/// <summary>Frequencies are those of the softmax, but for what the rounding is said to cost.</summary>
public sealed class LogitFrequenciesTests
{
    [Property(AtLeast = 300)]
    public Property They_add_up_and_cost_little() => Drawn.ForAll(
        draw =>
            from k in draw.Of(Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 2000)), least: 1)
            from scale in draw.Elements(1f, 0f, 10f, 100f, 1e30f)
            from seed in Numbers.Seeds
            select (K: k, Scale: scale, Seed: seed),
        @case =>
        {
            var logits = Array.ConvertAll(Numbers.Uniform(@case.Seed, @case.K), x => x * @case.Scale);
            var its = new LogitFrequencies();
            its.Load(logits);
            var max = logits.Max();
            var sum = logits.Sum(x => Math.Exp(x - (double)max));
            var most = Math.Log2(RangeEncoder.Total / (double)(RangeEncoder.Total - @case.K));
            var start = 0u;
            for (var code = 0; code < @case.K; code++)
            {
                var frequency = its.FrequencyOf(code);
                Assert.Equal(start, its.StartOf(code));
                Assert.True(frequency >= 1);
                Assert.Equal(code, its.CodeAt(start));
                Assert.Equal(code, its.CodeAt(start + frequency - 1));
                var bits = ((double)max - logits[code]) / Math.Log(2) + Math.Log2(sum);
                Assert.Equal(bits, its.BitsOf(code), 1e-9 * (1 + bits));
                Assert.InRange(RangeEncoder.TotalBits - Math.Log2(frequency), 0, bits + most + 1e-9);
                start += frequency;
            }

            Assert.Equal(RangeEncoder.Total, start);
        });

    [Fact]
    public void Exponentials_are_right()
    {
        for (var x = -708.0; x <= 0; x += 0.00371)
        {
            Assert.Equal(1, LogitFrequencies.Exp(x) / Math.Exp(x), 1e-15);
        }

        Assert.Equal(1.0, LogitFrequencies.Exp(0));
    }

    [Fact]
    public void Frequencies_are_these()
    {
        // 1 + ⌊(2²⁴ − 3)·p⌋ of p = 1 / (1 + e⁻¹ + e⁻²) · (1, e⁻¹, e⁻²); the first gets the rest.
        Assert.Equal([11160891, 4105862, 1510463], Of(2, 1, 0));
        Assert.Equal([5592406, 5592405, 5592405], Of(1, 1, 1));
        Assert.Equal([1, RangeEncoder.Total - 2, 1], Of(-100, 0, -50));
        Assert.Equal([RangeEncoder.Total], Of(3));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_not_finite_count_as_equal_ones(float value) =>
        Assert.Equal(Of(0, 0, 0, 0), Of(1, value, 5, value));

    private static uint[] Of(params float[] logits)
    {
        var its = new LogitFrequencies();
        its.Load(new float[2000]);
        its.Load(logits);
        return [.. Enumerable.Range(0, its.Count).Select(its.FrequencyOf)];
    }
}
