using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>A training step is recorded once and replayed: for less, and with the same bits.</summary>
[Collection(RunAlone.Name)]
public sealed class TrainingStepTests
{
    private static readonly VectorQuantizerOptions Quantizer = new() { CodebookSize = 32, CodeDim = 32 };

    private static readonly VqVaeOptions Model = new() { Hidden = 64, ResidualHidden = 32, Quantizer = Quantizer };

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Batch = 4 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
        Model = Model,
    };

    private static readonly Dictionary<string, AutoencoderOptions> Models = new()
    {
        ["vqvae, ema, rectified"] = Model with { ResidualSkip = ResidualSkip.Rectified },
        ["vqvae, gradient"] = Model with { Quantizer = Quantizer with { Rule = CodebookRule.Gradient } },
        ["vqvae, fsq"] = Model with { Quantizer = new FiniteScalarQuantizerOptions() },
        ["vqvae2, ema"] = new VqVae2Options { Hidden = 64, ResidualHidden = 32, Quantizer = Quantizer },
        ["vqvae2, fsq"] = new VqVae2Options { Hidden = 64, ResidualHidden = 32, Quantizer = new FiniteScalarQuantizerOptions() },
    };

    public static TheoryData<string> Names { get; } = [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void In_the_steady_state_a_step_makes_no_object_and_takes_no_memory(string name)
    {
        // On one thread, so that all that is allocated is allocated here.
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        var config = Config with { Model = Models[name] };
        using var state = new TrainingState(device, config);
        using var step = new TrainingStep(state);
        var pixels = Pixels(device, stream: 0);
        step.Run(pixels);
        step.Run(pixels);
        var (objects, memory) = (GC.GetAllocatedBytesForCurrentThread(), device.Memory);
        for (var i = 0; i < 100; i++)
        {
            step.Run(pixels);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - objects);
        Assert.Equal(memory, device.Memory);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    public void Replayed_steps_end_in_the_bits_of_steps_that_are_all_executed(string name)
    {
        using var device = Device.Open(name);
        var config = Config with { Model = Model with { Hidden = 32 }, Run = new RunOptions { Batch = name == "cpu" ? 4 : 1 } };
        using var replayed = new TrainingState(device, config);
        using var executed = new TrainingState(device, config);
        using var step = new TrainingStep(replayed);
        for (var i = 0; i < 4; i++)
        {
            var pixels = Pixels(device, (ulong)i)[..(config.Run.Batch * 3 * 16 * 16)];
            step.Run(pixels);

            // The first run of a recording executes the step itself.
            using var once = new TrainingStep(executed);
            once.Run(pixels);
        }

        Assert.Equal(Numbers(executed), Numbers(replayed));
        Assert.NotEqual(0, replayed.Sums.Take()["loss"]);
    }

    private static float[] Numbers(TrainingState state) =>
        [.. state.Model.State.Concat(state.Optimizer.State).Concat(state.Sums.State).SelectMany(named => named.Tensor.ToArray())];

    private static float[] Pixels(Device device, ulong stream)
    {
        using var images = Primitive.RandomUniform(device, [4, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream);
        return images.ToArray();
    }
}
