using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Config;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training that goes wrong, or whose files cannot be written.</summary>
public sealed class FailingTrainingTests : IDisposable
{
    private static readonly ImageDataSet Data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Steps = 4, Batch = 4, LogEvery = 100, CheckpointEvery = 2, SampleEvery = 0 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = Data.Variance },
        Model = new VqVaeOptions
        {
            Hidden = 8,
            ResidualHidden = 4,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4 },
        },
    };

    private readonly TemporaryFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Weights_that_are_not_finite_are_never_saved_and_the_last_finite_ones_stay()
    {
        Train(Config);
        var wild = Config with
        {
            Run = Config.Run with { Steps = 20 },
            Optimizer = new AdamOptions { LearningRate = 1e30 },
        };
        var error = Assert.Throws<TrainingException>(() => Train(wild));

        Assert.StartsWith(
            "train: expected finite numbers to save; got NaN or ∞ in _encoder._conv_1.weight by step 6, and after step 4. The "
            + "checkpoint of step 4 is kept; go on with a lower rate: "
            + $"{ProgramName.Current} train --run {folder.At("run")} --resume latest --lr 1E+29 ",
            error.Message, StringComparison.Ordinal);
        Assert.Equal([2L, 4], Steps());

        Train(Config with { Run = Config.Run with { Steps = 6 } });
        Assert.Equal([4L, 6], Steps());
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_loss_that_is_not_finite_says_after_which_step_and_how_to_go_on()
    {
        Train(Config);
        var error = Assert.Throws<TrainingException>(() => Train(Config with
        {
            Run = Config.Run with { Steps = 20, LogEvery = 1, CheckpointEvery = 0 },
            Optimizer = new AdamOptions { LearningRate = 1e30 },
        }));

        Assert.Matches(@"^train: expected a finite loss; got NaN by step 6, and after step 5\. The checkpoint of step 4",
            error.Message);
        Assert.Equal([2L, 4], Steps());
    }

    [Fact]
    public void A_checkpoint_that_is_not_finite_is_not_gone_on_from()
    {
        Train(Config);
        var path = Path.Combine(folder.At("run"), "checkpoints", "step-00000004.safetensors");
        CheckpointFiles.Poison(path, "train/adam.v._encoder._conv_1.weight", float.PositiveInfinity);

        var error = Assert.Throws<RunException>(() => Train(Config with { Run = Config.Run with { Steps = 6 } }));
        Assert.Equal(
            $"{path}: expected finite numbers; got NaN or ∞ in train/adam.v._encoder._conv_1.weight: training had gone wrong "
            + "by step 4. Choose an earlier checkpoint by its step: --checkpoint, or --resume with a lower --lr.",
            error.Message);
    }

    [Fact]
    public void Pictures_and_metrics_that_cannot_be_written_are_told_once_and_training_goes_on()
    {
        var config = Config with { Run = Config.Run with { SampleEvery = 1, LogEvery = 1 } };
        Train(config, metrics: path => new MetricsLog(path, new FullDisk()), prepare: run =>
        {
            Directory.Delete(run.SamplesPath);
            File.WriteAllText(run.SamplesPath, "");
        });

        Assert.Equal([2L, 4], Steps());
        Assert.Equal(2, warnings.Count);
        Assert.StartsWith(
            $"{Path.Combine(folder.At("run"), "metrics.jsonl")}: expected room on the disk to write it; got a full disk.",
            warnings[0],
            StringComparison.Ordinal);
        Assert.EndsWith(" Training goes on; further metrics that fail are not told.", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith(
            $"{Path.Combine(folder.At("run"), "samples", "step-00000001.png")}: expected ", warnings[1],
            StringComparison.Ordinal);
        Assert.EndsWith(" Training goes on; further pictures that fail are not told.", warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_removed_while_a_run_trains_is_there_again_and_told()
    {
        var config = Config with { Run = Config.Run with { SampleEvery = 1, LogEvery = 1 } };
        var run = folder.At("run");
        var (metrics, samples) = (Path.Combine(run, "metrics.jsonl"), Path.Combine(run, "samples"));
        var pictures = 0;
        Train(config, held: new Watched(Data, () =>
        {
            // While the picture of the second step is drawn.
            if (++pictures == 2)
            {
                File.Delete(metrics);
                Directory.Delete(samples, recursive: true);
            }
        }));

        Assert.Equal([1L, 2, 3, 4], MetricsLog.Read(metrics).Select(line => line.Step));
        Assert.Equal(
            ["step-00000003.png", "step-00000004.png"], Directory.GetFiles(samples).Select(Path.GetFileName).Order());
        Assert.Equal(
            [
                $"{metrics} was removed while the run trains; it is there again.",
                $"{samples} was removed while the run trains; it is there again.",
            ],
            warnings.Where(warning => warning.Contains("removed", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_checkpoint_of_a_step_is_there_before_its_picture()
    {
        var missing = new List<string>();
        var config = Config with { Run = Config.Run with { Steps = 6, SampleEvery = 2 } };
        Train(config, held: new Watched(Data, () =>
        {
            // Reads for pictures: every second step.
            var step = 2 * (missing.Count + 1);
            missing.Add(Steps().Contains(step) ? "" : $"{step}");
        }));

        Assert.Equal(["", "", ""], missing);
    }

    private long[] Steps()
    {
        var store = CheckpointStore.ForReading(Path.Combine(folder.At("run"), "checkpoints"));
        return [.. store.List().Select(checkpoint => checkpoint.Step).Order()];
    }

    private void Train(
        RunConfig config, Func<string, MetricsLog>? metrics = null, Action<RunFolder>? prepare = null, ImageDataSet? held = null)
    {
        using var device = Device.Open("cpu");
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        prepare?.Invoke(run);
        var checkpoints = run.OpenCheckpoints(config.Run.Keep);
        using var state = new TrainingState(device, config);
        if (checkpoints.Latest() is { } checkpoint)
        {
            state.Load(checkpoint);
        }

        using var log = metrics?.Invoke(run.MetricsPath) ?? MetricsLog.Resume(run.MetricsPath, state.Step);
        new Trainer(state, config, new TrainingFiles(run, checkpoints, log, Data, held ?? Data), new Warnings(warnings))
            .Run(default);
    }

    /// <summary>Takes half of what is written, as a disk does that becomes full.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer[..(buffer.Length / 2)]);
            throw new IOException("full", 28);
        }
    }

    private sealed class Warnings(List<string> messages) : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line)
        {
        }

        public override void Warn(string message) => messages.Add(message);
    }

    /// <summary>Calls back when its first image is read.</summary>
    private sealed class Watched(ImageDataSet all, Action read) : ImageDataSet(all.Name, all.Split)
    {
        public override int Count => all.Count;

        public override int Channels => all.Channels;

        public override int Height => all.Height;

        public override int Width => all.Width;

        public override IReadOnlyList<string> ClassNames => all.ClassNames;

        public override int Label(int index) => all.Label(index);

        public override void Read(int index, Span<byte> pixels)
        {
            if (index == 0)
            {
                read();
            }

            all.Read(index, pixels);
        }
    }
}
