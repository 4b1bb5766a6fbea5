using ILGPU.Runtime.OpenCL;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training on OpenCL, on a device that can be lost, and which counts what lives.</summary>
public sealed class OpenClTrainingTests : IDisposable
{
    private const long LastStep = 5;

    private static readonly ImageDataSet Data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Steps = 1000, Batch = 2, LogEvery = 100, CheckpointEvery = 3, SampleEvery = 400, Seed = 7 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = Data.Variance },
        Model = new VqVaeOptions
        {
            Hidden = 16,
            ResidualHidden = 8,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 32, CodeDim = 8 },
        },
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_device_that_is_lost_ends_the_run_in_one_line_and_leaves_the_last_checkpoint()
    {
        var (device, engine) = FaultyOpenCl.Open();
        using (device)
        {
            var error = Assert.Throws<DeviceException>(() => Train(device, step => engine.IsLost = step == LastStep));
            Assert.Equal(
                $"opencl: expected {device.Description} to do its work; got CL_DEVICE_NOT_AVAILABLE (-2).",
                error.Message);
            Assert.IsType<CLException>(error.InnerException);
            Assert.Equal(0, device.Memory.LiveBuffers);
        }

        Assert.Equal(0, engine.LiveBuffers);
        AssertCheckpointIsGood();
    }

    [Fact]
    public void A_device_without_enough_memory_ends_the_run_in_one_line_and_leaves_the_last_checkpoint()
    {
        var (device, engine) = FaultyOpenCl.Open();
        using (device)
        {
            var error = Assert.Throws<DeviceException>(() => Train(device, step =>
            {
                if (step == LastStep)
                {
                    engine.MemoryLimit = engine.LiveBytes;
                    device.Empty<float>([1 << 20]).Dispose();
                }
            }));
            Assert.StartsWith(
                $"opencl: expected room for 4.0 MiB on {device.Description}; got CL_MEM_OBJECT_ALLOCATION_FAILURE (-4), with ",
                error.Message,
                StringComparison.Ordinal);
            Assert.Equal(0, device.Memory.LiveBuffers);
        }

        Assert.Equal(0, engine.LiveBuffers);
        AssertCheckpointIsGood();
    }

    [Fact]
    public void Over_a_thousand_steps_the_memory_stays_what_it_is_once_everything_was_done()
    {
        var (device, engine) = FaultyOpenCl.Open();
        using (device)
        {
            var counts = new List<(long Allocations, long Bytes, int Buffers)>();
            Train(device, step =>
            {
                // Pictures, which take more than steps, are drawn after 400 and 800.
                if (step is 401 or 801 or 1000)
                {
                    counts.Add((device.Memory.Allocations, engine.LiveBytes, engine.LiveBuffers));
                }
            });
            Assert.Equal(3, counts.Count);
            Assert.All(counts, count => Assert.Equal(counts[0], count));
            Assert.Equal(0, device.Memory.LiveBuffers);
            Assert.NotEqual(0, engine.LiveBuffers);
        }

        Assert.Equal(0, engine.LiveBuffers);
    }

    private void AssertCheckpointIsGood()
    {
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        var checkpoint = run.OpenCheckpoints().Latest();
        Assert.Equal(3, checkpoint!.Step);
        using var cpu = Device.Open("cpu");
        using var state = new TrainingState(cpu, Config);
        state.Load(checkpoint);
        Assert.Equal(3, state.Step);
    }

    private void Train(KernelDevice device, Action<long> after)
    {
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        var checkpoints = run.OpenCheckpoints();
        using var state = new TrainingState(device, Config);
        using var metrics = MetricsLog.Create(run.MetricsPath);
        var files = new TrainingFiles(run, checkpoints, metrics, Data, Data);
        new Trainer(state, Config, files, new Report(after)).Run(CancellationToken.None);
    }

    private sealed class Report(Action<long> after) : TrainingReport
    {
        public override void Advance(long step) => after(step);

        public override void Log(MetricsLine line)
        {
        }

        public override void Warn(string message) => Assert.Fail(message);
    }
}
