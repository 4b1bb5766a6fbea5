using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Signs as codes: what the general tests of scalar quantizers do not see.</summary>
public sealed class LookupFreeQuantizerTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void The_first_number_is_the_highest_bit_and_what_is_not_above_zero_is_below()
    {
        using var scope = new TensorScope(device);
        using var quantizer = Build(new LookupFreeQuantizerOptions { Bits = 3, CodeScale = 2 });
        using var tape = new Tape(device, recording: false);
        float[] x = [5, -1, 0, -0f, 1e-30f, float.NegativeInfinity, float.PositiveInfinity, -3, 1];
        using var output = quantizer.Forward(tape.Constant(scope.Floats(x, [3, 3])), StepContext.Inference);

        Assert.Equal([0b100, 0b010, 0b101], output.Ids.ToArray());
        Assert.Equal([2, -2, -2, -2, 2, -2, 2, -2, 2], output.Quantized.Value.ToArray());
    }

    /// <summary>Entropies of 2¹⁶ codes for 64 rows, by a table of all of them in double precision.</summary>
    [Fact]
    public void Entropies_over_many_codes_are_exact_and_take_no_matrix_of_rows_by_codes()
    {
        const int bits = 16, rows = 64, codes = 1 << bits;
        using var scope = new TensorScope(device);
        var options = new LookupFreeQuantizerOptions { Bits = bits, InverseTemperature = 2, EntropyWeight = 1, Commitment = 0 };
        using var quantizer = Build(options);
        var x = Numbers.Uniform(seed: 4, rows * bits);
        var tensor = scope.Floats(x, [rows, bits]);
        using var tape = new Tape(device);
        var before = device.Memory.LiveBytes;
        using var output = quantizer.Forward(tape.Leaf(tensor), StepContext.Training);
        var loss = output.Loss!.Keep();
        tape.Backward(loss);
        Assert.InRange(device.Memory.PeakBytes - before, 0, (long)rows * codes * sizeof(float) / 4);

        var (entropy, mean) = (0.0, new double[codes]);
        for (var row = 0; row < rows; row++)
        {
            var one = x.AsSpan(row * bits, bits).ToArray().Select(value => 1 / (1 + Math.Exp(-8.0 * value))).ToArray();
            for (var code = 0; code < codes; code++)
            {
                var p = 1.0;
                for (var bit = 0; bit < bits; bit++)
                {
                    p *= ((code >> bit) & 1) == 1 ? one[bit] : 1 - one[bit];
                }

                entropy -= p * Math.Log(p) / rows;
                mean[code] += p / rows;
            }
        }

        Assert.Equal(entropy + mean.Sum(p => p * Math.Log(p)), loss.Value.Item(), 2e-5);
    }

    [Fact]
    public void Minimizing_the_entropies_makes_rows_sure_and_the_batch_use_all_codes()
    {
        using var quantizer = Build(new LookupFreeQuantizerOptions
        {
            Bits = 3,
            InverseTemperature = 1,
            EntropyWeight = 1,
            DiversityGamma = 2,
            Commitment = 0,
        });

        // All rows near one corner.
        using var x = new Parameter("x", device.From<float>(
            [.. Numbers.Uniform(seed: 9, 64 * 3).Select(value => 0.3f + 0.1f * value)], [64, 3]));
        using var optimizer = new IlgpuVq.Models.Optimization.Adam(
            [x], new IlgpuVq.Models.Optimization.AdamOptions { LearningRate = 0.02 });
        Assert.Single(Ids().Distinct());
        for (var step = 0; step < 300; step++)
        {
            using var tape = new Tape(device);
            using var output = quantizer.Forward(tape.Watch(x), StepContext.Training);
            tape.Backward(output.Loss!);
            optimizer.Step();
        }

        Assert.Equal(8, Ids().Distinct().Count());

        int[] Ids()
        {
            using var tape = new Tape(device, recording: false);
            using var output = quantizer.Forward(tape.Constant(x.Value), StepContext.Inference);
            return output.Ids.ToArray();
        }
    }

    [Fact]
    public void On_the_sphere_size_does_not_matter_and_a_row_of_zeros_has_a_finite_gradient()
    {
        using var scope = new TensorScope(device);
        using var quantizer = Build(new BinarySphericalQuantizerOptions { Bits = 4 });
        var x = Numbers.Uniform(seed: 3, 32);
        var (small, smallGradient) = Run([.. x.Select(value => 0.25f * value)]);
        var (large, largeGradient) = Run([.. x.Select(value => 4 * value)]);

        Assert.Equal(small, large, 1e-5f);
        Assert.All(smallGradient.Zip(largeGradient), pair => Assert.Equal(pair.First, 16 * pair.Second, 1e-3f));
        Assert.All(Run(new float[32]).Gradient, value => Assert.True(float.IsFinite(value)));

        (float Loss, float[] Gradient) Run(float[] numbers)
        {
            using var tape = new Tape(device);
            var leaf = tape.Leaf(scope.Floats(numbers, [8, 4]));
            using var output = quantizer.Forward(leaf, StepContext.Training);
            var loss = output.Loss!.Keep();
            tape.Backward(loss + Sum.Apply(output.Quantized));
            return (loss.Value.Item(), leaf.Gradient!.ToArray());
        }
    }

    private Quantizer Build(QuantizerOptions options) => options.Build(new ModuleScope(device, seed: 1));
}
