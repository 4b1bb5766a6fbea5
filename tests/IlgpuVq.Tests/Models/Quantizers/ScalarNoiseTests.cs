using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>What training draws instead of rounding, against the distributions that it is to have.</summary>
public sealed class ScalarNoiseTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int N = 4000;

    /// <summary>The deviations that a count may be off: more come once in 10⁷ times, and the seeds are fixed.</summary>
    private const double Deviations = 5;

    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Noise_of_a_levels_width_replaces_the_rounding_of_as_many_numbers_as_it_says(bool isSymmetric)
    {
        const double probability = 0.3;
        var options = new FiniteScalarQuantizerOptions { Levels = [5, 4], Symmetric = isSymmetric };
        var x = Inputs(width: 2, size: 1.5f);
        var plain = Run(options, x, isTraining: true);
        var noisy = Run(options with { NoiseDropout = probability }, x, isTraining: true);
        var still = Run(options with { NoiseDropout = probability }, x, isTraining: false);

        Assert.Equal(plain.Rows, still.Rows);
        Assert.Equal(plain.Ids, noisy.Ids);
        Assert.Equal(plain.Gradient, noisy.Gradient);
        var offsets = new List<double>();
        for (var i = 0; i < x.Length; i++)
        {
            if (noisy.Rows[i] != plain.Rows[i])
            {
                var level = options.Levels[i % 2];
                var step = isSymmetric ? 2.0 / (level - 1) : 1.0 / (level / 2);
                offsets.Add((noisy.Rows[i] - Bounded(x[i], level, isSymmetric) * step + (isSymmetric ? 1 : 0)) / step);
            }
        }

        AssertShare(probability, offsets.Count, x.Length);
        AssertUniform(offsets, half: 0.5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void A_perturbed_number_stays_within_half_a_bin_and_within_the_bounds(double rate)
    {
        var options = new FiniteScalarPerturbationOptions { Levels = [5, 4], QuantizeRate = rate };
        var x = Inputs(width: 2, size: 2);
        var rounded = Run(options, x, isTraining: false);
        var drawn = Run(options, x, isTraining: true);

        Assert.Equal(rounded.Ids, drawn.Ids);
        Assert.Equal(rounded.Gradient, drawn.Gradient);
        var (offsets, kept, untouched) = (new List<double>(), 0, 0);
        for (var i = 0; i < x.Length; i++)
        {
            if (drawn.Rows[i] == rounded.Rows[i])
            {
                kept++;
                continue;
            }

            var (level, a) = (options.Levels[i % 2], (Math.Tanh(x[i]) + 1) / 2);
            var moved = drawn.Rows[i] / Math.Sqrt(12) + 0.5;
            Assert.InRange(moved, 0, 1);
            var isNearBound = a < 0.5 / level || a > 1 - 0.5 / level;
            if (isNearBound && Math.Abs(moved - a) < 1e-6)
            {
                untouched++;
            }
            else if (!isNearBound)
            {
                offsets.Add((moved - a) * level);
            }
        }

        AssertShare(rate, kept, x.Length);
        if (rate < 1)
        {
            AssertUniform(offsets, half: 0.5);
            Assert.True(untouched > 0, "a number whose noise would have left (0, 1) has none");
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Bits_are_drawn_with_the_probability_that_their_logits_say(string device)
    {
        float[] logits = [-2, -0.5f, 0, 1.5f];
        var x = Enumerable.Repeat(logits, N / 4).SelectMany(row => row).ToArray();
        var options = new BinaryMapperOptions { Bits = 4 };
        var drawn = Run(options, x, isTraining: true, device);
        for (var bit = 0; bit < 4; bit++)
        {
            AssertShare(1 / (1 + Math.Exp(-logits[bit])), drawn.Ids.Count(id => ((id >> bit) & 1) == 1), drawn.Ids.Length);
        }

        Assert.All(drawn.Rows.Chunk(16).Zip(drawn.Ids), pair =>
        {
            Assert.Equal(1, pair.First[pair.Second]);
            Assert.Equal(1, pair.First.Sum());
        });
        Assert.All(Run(options, x, isTraining: false, device).Ids, id => Assert.Equal(8, id));
    }

    private static double Bounded(double x, int level, bool isSymmetric)
    {
        if (isSymmetric)
        {
            return (Math.Tanh(x) + 1) * (level - 1) / 2;
        }

        var (half, offset) = ((level - 1) * (1 + 1e-3) / 2, level % 2 == 0 ? 0.5 : 0);
        return Math.Tanh(x + Math.Atanh(offset / half)) * half - offset;
    }

    private static float[] Inputs(int width, float size) =>
        [.. Numbers.Uniform(seed: 8, N * width).Select(value => size * value)];

    private static void AssertShare(double probability, int count, int of)
    {
        var deviation = Math.Sqrt(of * probability * (1 - probability));
        Assert.InRange(count, of * probability - Deviations * deviation, of * probability + Deviations * deviation);
    }

    private static void AssertUniform(List<double> offsets, double half)
    {
        Assert.All(offsets, offset => Assert.InRange(Math.Abs(offset), 0, half + 1e-5));
        Assert.InRange(offsets.Average(), -Deviations * half / Math.Sqrt(3 * offsets.Count),
            Deviations * half / Math.Sqrt(3 * offsets.Count));
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var low = half * (quarter / 2.0 - 1);
            AssertShare(0.25, offsets.Count(offset => offset >= low && offset < low + half / 2), offsets.Count);
        }
    }

    private (float[] Rows, int[] Ids, float[] Gradient) Run(
        QuantizerOptions options, float[] x, bool isTraining, string device = "cpu")
    {
        using var scope = new TensorScope(devices.Open(device));
        using var random = new RandomState(scope.Device, seed: 12);
        random.Set(3);
        using var quantizer = options.Build(new ModuleScope(scope.Device, seed: 1));
        using var tape = new Tape(scope.Device);
        var leaf = tape.Leaf(scope.Floats(x, [x.Length / quantizer.Width, quantizer.Width]));
        using var output = quantizer.Forward(leaf, new StepContext(isTraining, random));
        var quantized = output.Quantized.Keep();
        tape.Backward(Sum.Apply(Square.Apply(leaf)) + Sum.Apply(quantized));
        return (quantized.Value.ToArray(), output.Ids.ToArray(), leaf.Gradient!.ToArray());
    }
}
