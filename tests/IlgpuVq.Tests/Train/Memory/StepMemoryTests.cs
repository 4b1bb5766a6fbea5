using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Memory;

/// <summary>What work needs is known before anything is allocated.</summary>
public sealed class StepMemoryTests
{
    private static readonly RunConfig Config = new()
    {
        Data = new DataOptions { Channels = 3, Height = 32, Width = 32, Variance = 0.06 },
        Model = new VqVaeOptions { Hidden = 16, ResidualHidden = 4 },
        Run = new RunOptions { Batch = 4 },
        Optimizer = new AdamOptions { WeightEma = 0.9 },
    };

    /// <summary>A real device borrows working memory within primitives, too, and never holds less than was counted.</summary>
    [Fact]
    public void A_dry_run_counts_the_tensors_of_a_real_step()
    {
        var counted = StepMemory.Of(Config);
        using var device = Device.Open("kernels");
        using var state = new TrainingState(device, Config);
        Assert.Equal(state.Model.Parameters.Sum(parameter => (long)parameter.Value.Size), counted.Parameters);
        Assert.Equal(device.Memory.LiveBytes, counted.StateBytes);
        using var step = new TrainingStep(state);
        step.Run(new float[4 * 3 * 32 * 32]);
        Assert.InRange(device.Memory.ReservedBytes, counted.StateBytes + counted.StepBytes, counted.PeakBytes);
    }

    [Fact]
    public void What_exceeds_the_free_memory_is_refused_with_both_numbers()
    {
        using var device = Device.Open("cpu");
        var memory = new StepMemory(Parameters: 1, StateBytes: 1_900_000_000, StepBytes: 6_000_000_000);
        memory.CheckFits(device, memory.PeakBytes);
        Assert.StartsWith(
            "memory: expected about 10.0 GB for this model and batch; got 9.0 GB free. Lower --batch",
            Assert.Throws<RunException>(() => memory.CheckFits(device, 9_000_000_000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_and_bench_refuse_what_no_machine_has_and_say_first_what_they_need()
    {
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string[] huge = ["--hidden", "4096", "--residual-layers", "100", "--residual-hidden", "16000"];
        AssertFails("memory: expected about ", ["train", "--run", folder, .. huge]);
        AssertFails("memory: expected about ", ["bench", .. huge]);
        Assert.False(Directory.Exists(folder));
        Assert.Contains(
            "memory, by a dry run of one step: ", Invoke(["train", "--run", folder, .. huge]).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MemTotal: 9 kB\nMemAvailable:    2000 kB\n", null, null, 2_048_000)]
    [InlineData("MemAvailable:    2000 kB\n", "max", "5", 2_048_000)]
    [InlineData("MemAvailable:    2000 kB\n", "1000000\n", "400000\n", 600_000)]
    [InlineData("MemAvailable:    2000 kB\n", "1000", "4000", 0)]
    public void Free_memory_is_that_of_the_machine_within_the_limit_of_its_container(
        string table, string? limit, string? used, long expected) =>
        Assert.Equal(expected, MachineMemory.Free(table, limit, used));

    [Fact]
    public void Images_at_once_follow_from_their_bytes()
    {
        var model = new VqVaeOptions();
        var (small, large) = (ImageBatch.BytesPerImage(model, 32, 32), ImageBatch.BytesPerImage(model, 512, 512));
        Assert.InRange(large / (double)small, 200, 300);
        Assert.Equal(32, ImageBatch.Of(model, 32, 32, most: 32));
        Assert.InRange(ImageBatch.Of(model, 512, 512, most: 64), 1, 8);
        Assert.Equal(1, ImageBatch.Of(model, 4096, 4096, most: 64));
    }

    [Fact]
    public void One_image_that_does_not_fit_is_refused()
    {
        using var device = Device.Open("cpu");
        using var model = TrainedModel.Build(device, Config);
        ImageBatch.CheckFits(model, 512, 512, free: 1_000_000_000);
        Assert.StartsWith(
            "memory: expected about ",
            Assert.Throws<RunException>(() => ImageBatch.CheckFits(model, 512, 512, free: 1_000_000)).Message,
            StringComparison.Ordinal);
    }
}
