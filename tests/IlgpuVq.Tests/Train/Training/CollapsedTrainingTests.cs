using System.Runtime.InteropServices;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Runs that go on from a codebook whose codes are all one vector, far from every latent vector.</summary>
public sealed class CollapsedTrainingTests : IDisposable
{
    private const int Codes = 16;

    /// <summary>Farther than any latent vector of an untrained encoder.</summary>
    private const float Far = 10;

    private static readonly ImageDataSet Data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });

    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Codes_stay_dead_without_revival_and_it_is_told_once()
    {
        var lines = TrainFromCollapse(deadCodeThreshold: 0);

        Assert.All(lines, line => Assert.Equal(1, line[MetricNames.CodesUsed(Layout, 1)]));
        var warning = Assert.Single(warnings);
        Assert.StartsWith(
            "codes: expected many of 16 codes in use; got 1 and perplexity 1.0, few in all lines since step 200. Go on with ",
            warning, StringComparison.Ordinal);
        Assert.Contains(
            $"--run {folder.At("run")} --resume latest --dead-code-threshold 1", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_come_back_with_revival_and_nothing_is_told()
    {
        var lines = TrainFromCollapse(deadCodeThreshold: 1);

        Assert.True(
            lines[^1][MetricNames.CodesUsed(Layout, 1)] > Codes / 2,
            $"{lines[^1][MetricNames.CodesUsed(Layout, 1)]} codes in use");
        Assert.True(lines[^1][MetricNames.Perplexity(Layout, 1)] > 2, $"perplexity {lines[^1]["perplexity"]}");
        Assert.Empty(warnings);
    }

    private static CodeLayout Layout { get; } = new("codes", 4, 4, [Codes]);

    /// <summary>The lines of the run after its first step, in which the codebook collapses.</summary>
    private MetricsLine[] TrainFromCollapse(double deadCodeThreshold)
    {
        var quantizer = new VectorQuantizerOptions { CodebookSize = Codes, CodeDim = 4 };
        var config = new RunConfig
        {
            Run = new RunOptions { Steps = 1, Batch = 4, LogEvery = 50, CheckpointEvery = 0, SampleEvery = 0 },
            Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = Data.Variance },
            Model = new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = quantizer },
        };
        Train(config);
        Collapse(Path.Combine(folder.At("run"), "checkpoints", "step-00000001.safetensors"));
        Train(config with
        {
            Run = config.Run with { Steps = 550 },
            Model = new VqVaeOptions
            {
                Hidden = 8,
                ResidualHidden = 4,
                Quantizer = quantizer with { DeadCodeThreshold = deadCodeThreshold },
            },
        });
        return [.. MetricsLog.Read(Path.Combine(folder.At("run"), "metrics.jsonl")).Where(line => line.Step > 1)];
    }

    /// <summary>All codes one vector, chosen once each, so that the moving averages keep it.</summary>
    private static void Collapse(string checkpoint)
    {
        var changed = 0;
        CheckpointFiles.Rewrite(checkpoint, (name, bytes) =>
        {
            float? value = name.EndsWith("_ema_cluster_size", StringComparison.Ordinal) ? 1
                : name.EndsWith("_embedding.weight", StringComparison.Ordinal) ||
                    name.EndsWith("_ema_w", StringComparison.Ordinal) ? Far : null;
            if (value is { } number)
            {
                MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).Fill(number);
                changed++;
            }
        });
        Assert.Equal(3, changed);
    }

    private void Train(RunConfig config)
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        var checkpoints = run.OpenCheckpoints();
        using var state = new TrainingState(device, config);
        if (checkpoints.Latest() is { } checkpoint)
        {
            state.Load(checkpoint);
        }

        using var metrics = MetricsLog.Resume(run.MetricsPath, state.Step);
        new Trainer(state, config, new TrainingFiles(run, checkpoints, metrics, Data, Data), new Warnings(warnings))
            .Run(CancellationToken.None);
    }

    private sealed class Warnings(List<string> all) : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line)
        {
        }

        public override void Warn(string message) => all.Add(message);
    }
}
