using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Ilgpu.OpenCL;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Data;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training on OpenCL, with a loader whose device can be lost, and which counts what lives.</summary>
public sealed unsafe class OpenClTrainingTests : IDisposable
{
    private const long LastStep = 5;

    private static readonly ImageDataSet Data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });

    private static readonly RunConfig Config = new()
    {
        Steps = 1000,
        Batch = 2,
        Hidden = 16,
        ResidualHidden = 8,
        Codes = 32,
        CodeDim = 8,
        LogEvery = 100,
        CheckpointEvery = 3,
        SampleEvery = 400,
        Channels = 3,
        Height = 16,
        Width = 16,
        DataVariance = Data.Variance,
        Seed = 7,
    };

    /// <summary>Set when the device is to be lost; tests of a class run one after another.</summary>
    private static bool isLost;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_device_that_is_lost_ends_the_run_in_one_line_and_leaves_the_last_checkpoint()
    {
        OptionalDevice.Require("opencl");
        isLost = false;
        var library = FaultyLibrary.With(
            ("clFinish", (nint)(delegate* unmanaged<nint, CLError>)&Finish),
            ("clEnqueueReadBuffer", (nint)(delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError>)&Read));
        using (var device = Open(library))
        {
            var error = Assert.Throws<DeviceException>(() => Train(device, step => isLost = step == LastStep));
            Assert.Equal(
                $"opencl: Synchronize: expected {device.Description} to do its work; got CL_DEVICE_NOT_AVAILABLE (-2). The device is " +
                "lost: its driver was reset, or a kernel crashed. Start the program again.",
                error.Message);
            Assert.IsType<CLException>(error.InnerException);
            Assert.Equal(0, device.Memory.LiveBuffers);
        }

        Assert.Equal(0, library.LiveObjects);
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        var checkpoint = run.OpenCheckpoints().Latest();
        Assert.Equal(3, checkpoint!.Step);
        using var cpu = Device.Open("cpu");
        using var state = new TrainingState(cpu, Config);
        state.Load(checkpoint);
        Assert.Equal(3, state.Step);
    }

    [Fact]
    public void Over_a_thousand_steps_memory_and_objects_stay_what_they_are_once_everything_was_done()
    {
        OptionalDevice.Require("opencl");
        isLost = false;
        var library = FaultyLibrary.With();
        using (var device = Open(library))
        {
            var counts = new List<(long Allocations, long Bytes, int Objects)>();
            Train(device, step =>
            {
                // Pictures, which take more than steps, are drawn after 400 and 800.
                if (step is 401 or 801 or 1000)
                {
                    counts.Add((device.Memory.Allocations, device.Accelerator.Memory.LiveBytes, library.LiveObjects));
                }
            });
            Assert.Equal(3, counts.Count);
            Assert.All(counts, count => Assert.Equal(counts[0], count));
            Assert.Equal(0, device.Memory.LiveBuffers);
        }

        Assert.Equal(0, library.LiveObjects);
    }

    private static KernelDevice Open(CLLibrary library)
    {
        var found = CLFixture.Device();
        var context = Context.Create(builder => builder.OpenCL(_ => false));
        var device = new CLDevice(library, found.PlatformId, found.DeviceId);
        return new KernelDevice("opencl", context, device.CreateAccelerator(context), new DeviceOptions());
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

    [UnmanagedCallersOnly]
    private static CLError Finish(nint queue) => isLost
        ? CLError.CL_DEVICE_NOT_AVAILABLE
        : ((delegate* unmanaged<nint, CLError>)FaultyLibrary.Real("clFinish"))(queue);

    [UnmanagedCallersOnly]
    private static CLError Read(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* target, uint count, nint* events, nint* own) => isLost
        ? CLError.CL_DEVICE_NOT_AVAILABLE
        : ((delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError>)FaultyLibrary.Real(
            "clEnqueueReadBuffer"))(queue, buffer, blocking, offset, size, target, count, events, own);

    private sealed class Report(Action<long> after) : TrainingReport
    {
        public override void Advance(long step) => after(step);

        public override void Log(MetricsLine line)
        {
        }
    }
}
