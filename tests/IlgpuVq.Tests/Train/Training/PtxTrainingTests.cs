using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training with the code for CUDA, on the machine of the tests.</summary>
public sealed class PtxTrainingTests
{
    private static readonly Dictionary<string, AutoencoderOptions> Models = new()
    {
        ["vqvae"] = SmallRun.Config.Model,
        ["vqvae, dropout, revival"] = (VqVaeOptions)SmallRun.Config.Model with
        {
            Dropout = 0.2,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 8, CodeDim = 4, DeadCodeThreshold = 1, CommitmentWarmup = 9 },
        },
        ["vqvae2, fsq"] = new VqVae2Options
        {
            Hidden = 8,
            ResidualHidden = 4,
            ResidualLayers = 1,
            Init = Initialization.Torch,
            Quantizer = new FiniteScalarQuantizerOptions { Levels = [5, 4, 3] },
        },
    };

    public static TheoryData<string> Names { get; } = [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_that_are_graphs_end_in_the_bits_of_steps_that_are_not_and_near_those_of_the_processor(string name)
    {
        const int Steps = 5;
        var config = SmallRun.Config with { Model = Models[name] };
        var graphs = Train(OpenPtx(useGraphs: true), isCaptured: true);
        var launches = Train(OpenPtx(useGraphs: false), isCaptured: false);
        Assert.Equal(launches, graphs);

        var host = Train(Device.Open("cpu"), isCaptured: false);
        Assert.Equal(host.Length, graphs.Length);
        for (var i = 0; i < host.Length; i++)
        {
            Assert.True(Math.Abs(host[i] - graphs[i]) <= 1e-3 * (1 + Math.Abs(host[i])),
                $"number {i}: expected {host[i]}; got {graphs[i]}");
        }

        static Device OpenPtx(bool useGraphs) =>
            PtxEngine.OpenDevice(new DeviceOptions(PoisonMemory: true, UseGraphs: useGraphs));

        float[] Train(Device device, bool isCaptured)
        {
            using (device)
            {
                using var state = new TrainingState(device, config);
                using var step = new TrainingStep(state);
                for (var i = 0; i < Steps; i++)
                {
                    step.Run(Pixels(i));
                }

                Assert.Equal((true, isCaptured, null), (step.Recording.IsRecorded, step.Recording.IsCaptured,
                    step.Recording.GraphObstacle));
                return [.. state.Model.State.Concat(state.Sums.State).SelectMany(named => named.Tensor.ToArray())];
            }
        }
    }

    /// <summary>The same on all devices.</summary>
    private static float[] Pixels(int step)
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        var (run, data) = (SmallRun.Config.Run, SmallRun.Config.Data);
        using var images = Primitive.RandomUniform(
            device, [run.Batch, data.Channels, data.Height, data.Width], -0.5f, 0.5f, seed: 1, stream: (ulong)step);
        return images.ToArray();
    }
}
