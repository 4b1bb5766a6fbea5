using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>What is minimised, against sums over the pixels in double precision.</summary>
public sealed class ReconstructionTaskTests
{
    private const double Variance = 0.07;

    /// <summary>The bias that is added to the reconstruction, a number for each channel.</summary>
    private const string LastBias = "_decoder._conv_trans_2.bias";

    private static readonly VectorQuantizerOptions Vector = new() { CodebookSize = 16, CodeDim = 4 };

    private static readonly FiniteScalarQuantizerOptions Scalar = new() { Levels = [5, 4, 3] };

    [Theory]
    [InlineData(ReconstructionLoss.Mse, true, 1)]
    [InlineData(ReconstructionLoss.Mse, false, 1)]
    [InlineData(ReconstructionLoss.L1, true, 1)]
    [InlineData(ReconstructionLoss.L1, false, 1)]
    [InlineData(ReconstructionLoss.Mse, true, 0.5)]
    [InlineData(ReconstructionLoss.Mse, false, 4)]
    [InlineData(ReconstructionLoss.L1, false, 4)]
    public void The_loss_is_the_chosen_error_and_the_figure_the_squared_one(
        ReconstructionLoss kind, bool normalize, double weight)
    {
        var task = new ReconstructionOptions { ReconstructionLoss = kind, Normalize = normalize, ReconstructionWeight = weight };
        var result = Compute(task, Scalar);

        var squared = result.Differences.Average(difference => difference * difference);
        var expected = kind == ReconstructionLoss.L1 ? result.Differences.Average(Math.Abs)
            : normalize ? squared / Variance : squared;
        expected *= weight;
        Assert.Equal(squared, result.Figures[MetricNames.Reconstruction], 1e-6 * squared);
        Assert.Equal(expected, result.Figures[MetricNames.Loss], 1e-6 * expected);
    }

    [Theory]
    [InlineData(ReconstructionLoss.Mse)]
    [InlineData(ReconstructionLoss.L1)]
    public void The_gradient_is_that_of_the_chosen_error_alone(ReconstructionLoss kind)
    {
        var result = Compute(new ReconstructionOptions { ReconstructionLoss = kind }, Scalar);
        var n = result.Differences.Length;
        var places = n / result.BiasGradient.Length / 2;
        for (var channel = 0; channel < result.BiasGradient.Length; channel++)
        {
            // Images (2, C, places).
            var own = Enumerable.Range(0, 2 * places).Select(
                i => result.Differences[(i / places * result.BiasGradient.Length + channel) * places + i % places]);
            var expected = kind == ReconstructionLoss.L1
                ? own.Sum(difference => Math.Sign(difference)) / (double)n
                : own.Sum(difference => 2 * difference) / n / Variance;
            Assert.Equal(expected, result.BiasGradient[channel], 1e-4 * Math.Max(1e-2, Math.Abs(expected)));
        }
    }

    [Fact]
    public void The_quantizers_loss_is_added_to_the_absolute_error()
    {
        var result = Compute(new ReconstructionOptions { ReconstructionLoss = ReconstructionLoss.L1 }, Vector);

        var quantizer = result.Figures[MetricNames.Quantizer];
        Assert.True(quantizer > 0);
        Assert.Equal(result.Differences.Average(Math.Abs) + quantizer, result.Figures[MetricNames.Loss], 1e-5);
    }

    private static Result Compute(ReconstructionOptions options, QuantizerOptions quantizer)
    {
        var config = new RunConfig
        {
            Run = new RunOptions { Batch = 2, Seed = 5 },
            Data = new DataOptions { Channels = 3, Height = 8, Width = 8, Variance = Variance },
            Model = new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = quantizer },
            Task = options,
        };
        using var device = Device.Open("cpu");
        using var state = new TrainingState(device, config);
        var random = new Random(3);
        var pixels = Enumerable.Range(0, 2 * 3 * 8 * 8).Select(_ => random.NextSingle() - 0.5f).ToArray();
        state.Begin();
        var reconstruction = Reconstruct(state, pixels);
        ((ImageTask)state.Task).Load(pixels);
        using var output = state.Task.Learn(part: 0, state.Context);
        var bias = state.Model.Parameters.Single(parameter => parameter.Name == LastBias);
        return new Result(
            [.. reconstruction.Zip(pixels, (own, pixel) => (double)own - pixel)],
            output.Figures.ToDictionary(figure => figure.Name, figure => (double)figure.Value.Value.Item()),
            bias.Gradient!.ToArray());
    }

    private static float[] Reconstruct(TrainingState state, float[] pixels)
    {
        using var images = state.Model.Device.From<float>(pixels, [2, 3, 8, 8]);
        using var output = Reconstructions.Compute(state.Model, images);
        return output.ToArray();
    }

    private sealed record Result(double[] Differences, Dictionary<string, double> Figures, float[] BiasGradient);
}
