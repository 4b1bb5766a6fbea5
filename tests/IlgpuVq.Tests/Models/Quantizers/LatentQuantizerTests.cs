using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Scalars that are learnt for each dimension.</summary>
public sealed class LatentQuantizerTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void Scalars_begin_evenly_with_one_at_zero()
    {
        using var quantizer = new LatentQuantizer(
            new ModuleScope(device, seed: 1, path: "at"), new LatentQuantizerOptions { Levels = [4, 5, 2] });

        Assert.Equal(
            ["at.values_per_latent.0 (4)", "at.values_per_latent.1 (5)", "at.values_per_latent.2 (2)"],
            quantizer.Parameters.Select(parameter => $"{parameter.Name} {parameter.Shape}"));
        Assert.Equal(
            [-0.5f, -0.25f, 0, 0.25f, -0.5f, -0.25f, 0, 0.25f, 0.5f, -0.5f, 0],
            quantizer.Parameters.SelectMany(parameter => parameter.Value.ToArray()));
        Assert.Equal(quantizer.Parameters.Select(parameter => parameter.Name), quantizer.State.Select(named => named.Key));
    }

    [Fact]
    public void Scalars_move_to_the_numbers_that_choose_them()
    {
        // Numbers of two places, the first twice as frequent.
        using var scope = new TensorScope(device);
        var x = scope.Floats([.. Enumerable.Range(0, 30).Select(i => i % 3 < 2 ? -0.8f : 0.6f)], [30, 1]);
        using var quantizer = new LatentQuantizer(
            new ModuleScope(device, seed: 1), new LatentQuantizerOptions { Levels = [2], QuantizeWeight = 1 });
        using var optimizer = new Adam(quantizer.Parameters, new AdamOptions { LearningRate = 0.01 });
        for (var step = 0; step < 400; step++)
        {
            using var tape = new Tape(device);
            using var output = quantizer.Forward(tape.Constant(x), StepContext.Training);
            tape.Backward(output.Loss!);
            optimizer.Step();
        }

        var scalars = quantizer.Parameters.Single().Value.ToArray();
        Assert.Equal(-0.8, scalars[0], 0.01);
        Assert.Equal(0.6, scalars[1], 0.01);
    }
}
