using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>A training step is recorded once and replayed: for less, and with the same bits.</summary>
public sealed class TrainingStepTests
{
    private static readonly RunConfig Config = new()
    {
        Batch = 4,
        Hidden = 64,
        ResidualHidden = 32,
        Codes = 32,
        CodeDim = 32,
        Channels = 3,
        Height = 16,
        Width = 16,
        DataVariance = 0.06,
    };

    [Theory]
    [InlineData(CodebookRule.Ema, ResidualSkip.Rectified)]
    [InlineData(CodebookRule.Gradient, ResidualSkip.Clean)]
    public void In_the_steady_state_a_step_makes_no_object_and_takes_no_memory(CodebookRule rule, ResidualSkip skip)
    {
        // On one thread, so that all that is allocated is allocated here.
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        var config = Config with { Codebook = rule, ResidualSkip = skip };
        using var state = new TrainingState(device, config);
        using var step = new TrainingStep(state, config);
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
        var config = Config with { Hidden = 32, Batch = name == "cpu" ? 4 : 1 };
        using var replayed = new TrainingState(device, config);
        using var executed = new TrainingState(device, config);
        using var step = new TrainingStep(replayed, config);
        for (var i = 0; i < 4; i++)
        {
            var pixels = Pixels(device, (ulong)i)[..(config.Batch * 3 * 16 * 16)];
            step.Run(pixels);

            // The first run of a recording executes the step itself.
            using var once = new TrainingStep(executed, config);
            once.Run(pixels);
        }

        Assert.Equal(Numbers(executed), Numbers(replayed));
        Assert.NotEqual(0, replayed.Sums.Take().Loss);
    }

    private static float[] Numbers(TrainingState state) =>
        [.. state.Model.State.Concat(state.Optimizer.State).Concat(state.Sums.State).SelectMany(named => named.Tensor.ToArray())];

    private static float[] Pixels(Device device, ulong stream)
    {
        using var images = RandomFill.Uniform(device, [4, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream);
        return images.ToArray();
    }
}
