using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Whole runs of a small model: what they end in must depend on the seed and nothing else.</summary>
public sealed class TrainerTests : IDisposable
{
    private const int Steps = 14;

    private static readonly ImageDataSet Data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });

    private static readonly VectorQuantizerOptions Quantizer = new() { CodebookSize = 32, CodeDim = 8 };

    private static readonly VqVaeOptions Model = new() { Hidden = 16, ResidualHidden = 8, Quantizer = Quantizer };

    private static readonly FiniteScalarQuantizerOptions Fsq = new() { Levels = [5, 4, 3] };

    private static readonly VqVae2Options Model2 = new() { Hidden = 16, ResidualHidden = 8, Init = Initialization.Torch };

    private static readonly ImageAugmentation Augmentation =
        new() { Flip = true, Shift = 2, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Steps = Steps, Batch = 8, LogEvery = 4, CheckpointEvery = 5, SampleEvery = 6, Seed = 7 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = Data.Variance },
        Model = Model,
    };

    private static readonly Dictionary<string, RunConfig> Configs = new()
    {
        ["vqvae, ema"] = Config,
        ["vqvae, gradient, adamw"] = Config with
        {
            Model = Model with { Quantizer = Quantizer with { Rule = CodebookRule.Gradient } },
            Optimizer = new AdamWOptions { WeightDecay = 0.1 },
        },
        ["vqvae, fsq"] = Config with { Model = Model with { Quantizer = Fsq } },
        ["vqvae, ema, l1"] = Config with { Task = new ReconstructionOptions { ReconstructionLoss = ReconstructionLoss.L1 } },
        ["vqvae2, ema"] = Config with
        {
            Model = Model2 with { Quantizer = Quantizer },
            Task = new ReconstructionOptions { Normalize = false },
        },
        ["vqvae, all that changes from step to step"] = Config with
        {
            Model = Model with
            {
                Dropout = 0.2,
                Quantizer = Quantizer with { DeadCodeThreshold = 2, CommitmentWarmup = 9, Decay = 0.8 },
            },
            Optimizer = new AdamOptions { ClipNorm = 0.5, Schedule = new CosineSchedule { WarmupSteps = 3 } },
        },
        ["vqvae2, cycle, revival"] = Config with
        {
            Model = Model2 with { Dropout = 0.2, Quantizer = Quantizer with { DeadCodeThreshold = 2, Decay = 0.8 } },
            Optimizer = new AdamWOptions { ClipNorm = 0.5, WeightEma = 0.7, Schedule = new CycleSchedule { Warmup = 0.3 } },
        },
        ["vqvae, norm, running"] = Config with
        {
            Model = Model with { UseNorm = true, Quantizer = Quantizer with { EmaStart = EmaStart.Running } },
        },
        ["vq-cvae, step schedule in epochs"] = Config with
        {
            Data = Config.Data with { Count = 24 },
            Model = new VqCvaeOptions { Hidden = 8, Quantizer = VqCvaeOptions.QuantizerOf(codes: 10, width: 8) },
            Task = new ReconstructionOptions { Normalize = false, ReconstructionWeight = 4 },
            Optimizer = new AdamOptions { Schedule = new StepSchedule { EveryEpochs = 2 } },
        },
        ["vqvae, adversarial"] = Config with
        {
            Run = Config.Run with { Batch = 4, Accumulate = 2 },
            Data = Config.Data with { Augmentation = Augmentation },
            Model = Model with { Dropout = 0.2 },
            Task = new AdversarialOptions
            {
                Normalize = false,
                DiscriminatorStart = 4,
                DiscriminatorLearningRate = 1e-3,
                Discriminator = new() { Hidden = 32 },
            },
            Optimizer = new AdamWOptions { ClipNorm = 0.5, WeightEma = 0.7, Schedule = new CosineSchedule { WarmupSteps = 3 } },
        },
        ["vqvae2, fsq, changed images"] = Config with
        {
            Data = Config.Data with { Augmentation = Augmentation },
            Model = Model2 with { Quantizer = Fsq },
        },
        ["vqvae, recomputed"] = Config with
        {
            Model = Model with { Dropout = 0.2, UseNorm = true },
            Task = new ReconstructionOptions { Recompute = true },
        },
        ["asymmetric, masks"] = Config with
        {
            Model = new AsymmetricOptions { BlockOutChannels = [4, 4], NormNumGroups = 2, MaskRectangles = 2 },
        },
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names { get; } = [.. Configs.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_stopped_anywhere_and_resumed_ends_in_the_bits_of_one_that_never_stopped(string name)
    {
        var config = Configs[name];
        var (whole, wholeMetrics) = Run("whole", config);
        foreach (var stop in new[] { 1, 7, 13 })
        {
            Run($"parts-{stop}", config, stopAfter: stop);
            var (resumed, metrics) = Run($"parts-{stop}", config);

            Assert.Equal(whole, resumed);
            Assert.Equal(wholeMetrics, metrics);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_number_of_threads_changes_no_bit(string name)
    {
        var (one, metrics) = Run("1", Configs[name], threads: 1);

        Assert.Equal(one, Run("2", Configs[name], threads: 2).Hash);
        Assert.Equal(one, Run("3", Configs[name], threads: 3).Hash);
        Assert.Equal(metrics, Run("again", Configs[name], threads: 2).Metrics);
    }

    [Fact]
    public void Another_seed_is_another_run() =>
        Assert.NotEqual(Run("a", Config).Hash, Run("b", Config with { Run = Config.Run with { Seed = 8 } }).Hash);

    [Fact]
    public void The_kernels_train_like_the_host_forms()
    {
        var config = Config with { Run = Config.Run with { Steps = 4, Batch = 2, LogEvery = 1 } };
        var host = Run("host", config).Metrics;
        var kernels = Run("kernels", config, device: "kernels").Metrics;

        Assert.All(host.Zip(kernels), pair => Assert.Equal(pair.First["loss"], pair.Second["loss"], 1e-3 * pair.First["loss"]));
    }

    [Fact]
    public void An_OpenCL_device_trains_like_the_host_forms_and_in_the_same_bits_every_time()
    {
        OptionalDevice.Require("opencl");
        var config = Config with { Run = Config.Run with { Steps = 4, Batch = 2, LogEvery = 1 } };
        var host = Run("host", config).Metrics;
        var (hash, metrics) = Run("opencl", config, device: "opencl");

        Assert.All(host.Zip(metrics), pair => Assert.Equal(pair.First["loss"], pair.Second["loss"], 1e-3 * pair.First["loss"]));
        Assert.Equal(hash, Run("again", config, device: "opencl").Hash);
    }

    [Fact]
    public void A_run_writes_metrics_checkpoints_and_pictures()
    {
        var (_, metrics) = Run("run", Config);
        var run = folder.At("run");

        Assert.Equal([4, 8, 12, 14], metrics.Select(line => line.Step));
        Assert.Equal(["step-00000010.safetensors", "step-00000014.safetensors"], Names(Path.Combine(run, "checkpoints")));
        Assert.Equal(["step-00000006.png", "step-00000012.png", "step-00000014.png"], Names(Path.Combine(run, "samples")));
        Assert.All(metrics, line => Assert.Equal(line["recon"] / Data.Variance, line["nmse"], 1e-4));

        static IEnumerable<string?> Names(string path) => Directory.EnumerateFiles(path).Select(Path.GetFileName).Order();
    }

    [Theory]
    [InlineData("vqvae")]
    [InlineData("vqvae2")]
    public void A_run_learns_the_images_that_it_sees_again_and_again(string family)
    {
        var quantizer = Quantizer with { CodebookSize = 64 };
        var config = Config with
        {
            Model = family == "vqvae"
                ? Model with { Hidden = 32, Quantizer = quantizer }
                : new VqVae2Options { Hidden = 32, ResidualHidden = 8, Quantizer = quantizer },
            Run = Config.Run with { Steps = 400, LogEvery = 10, CheckpointEvery = 0, SampleEvery = 0 },
            Optimizer = new AdamOptions { LearningRate = 3e-3 },
        };
        var (_, metrics) = Run("run", config, data: new FirstImages(Data, config.Run.Batch));

        Assert.InRange(metrics[0]["nmse"], 0.5, 2);
        Assert.True(metrics[^1]["nmse"] < 0.1, $"the error is {metrics[^1]["nmse"]} of the variance");
        Assert.True(
            metrics[^1]["loss"] < metrics[0]["loss"] / 5, $"the loss goes from {metrics[0]["loss"]} to {metrics[^1]["loss"]}");
        Assert.All(metrics[^1].Figures.Where(figure => figure.Key.StartsWith("perplexity", StringComparison.Ordinal)),
            perplexity => Assert.InRange(perplexity.Value, 4, 64));
    }

    [Fact]
    public void Averages_of_the_weights_are_what_a_run_leaves_as_its_model()
    {
        var config = Config with
        {
            Run = Config.Run with { Steps = 1 },
            Optimizer = new AdamOptions { WeightEma = 0.7, Schedule = new ConstantSchedule() },
        };
        Run("run", config);
        using var device = Device.Open("cpu");
        using var initial = new TrainingState(device, config);
        using var run = RunFolder.OpenForWriting(folder.At("run"));
        run.WriteConfig(config);
        using var trained = TrainedModel.Load(device, folder.At("run"), CheckpointStore.LatestName, _ => { });
        using var file = run.OpenCheckpoints().Latest()!.Open();

        foreach (var (before, average) in initial.Model.Parameters.Zip(trained.Model.Parameters))
        {
            var weights = new float[average.Value.Size];
            file.ReadFloats($"train/weights.{average.Name}", weights);
            var (from, to) = (before.Value.ToArray(), average.Value.ToArray());
            for (var i = 0; i < weights.Length; i++)
            {
                // d of the first step is 2/11.
                Assert.Equal(from[i] * 2 / 11 + weights[i] * 9 / 11, to[i], 1e-6f);
            }
        }
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_with_the_step()
    {
        var error = Assert.Throws<TrainingException>(
            () => Run("wild", Config with { Optimizer = new AdamOptions { LearningRate = 1e30 } }));

        Assert.StartsWith("train: expected a finite loss; got NaN by step ", error.Message, StringComparison.Ordinal);
    }

    private (string Hash, IReadOnlyList<MetricsLine> Metrics) Run(
        string name, RunConfig config, int threads = 2, string device = "cpu", long stopAfter = long.MaxValue,
        ImageDataSet? data = null)
    {
        using var opened = Device.Open(device, new DeviceOptions(Threads: threads, PoisonMemory: true));
        using var run = RunFolder.OpenForWriting(folder.At(name));
        var checkpoints = run.OpenCheckpoints();
        using (var state = new TrainingState(opened, config))
        {
            if (checkpoints.Latest() is { } checkpoint)
            {
                state.Load(checkpoint);
            }

            using var metrics = MetricsLog.Resume(run.MetricsPath, state.Step);
            var files = new TrainingFiles(run, checkpoints, metrics, data ?? Data, data ?? Data);
            using var stop = new CancellationTokenSource();
            new Trainer(state, config, files, new StoppingReport(stop, stopAfter)).Run(stop.Token);
        }

        Assert.Equal(0, opened.Memory.LiveBuffers);
        using var file = checkpoints.Latest()!.Open();
        var lines = MetricsLog.Read(run.MetricsPath).Select(WithoutTimes).ToArray();
        return (Convert.ToHexString(file.HashTensors()), lines);
    }

    private static MetricsLine WithoutTimes(MetricsLine line) =>
        line with { Seconds = 0, Figures = [.. line.Figures.Where(figure => figure.Key != "images_per_s")] };

    /// <summary>The first images of another set.</summary>
    private sealed class FirstImages(ImageDataSet all, int count) : ImageDataSet(all.Name, all.Split)
    {
        public override int Count => count;

        public override int Channels => all.Channels;

        public override int Height => all.Height;

        public override int Width => all.Width;

        public override IReadOnlyList<string> ClassNames => all.ClassNames;

        public override int Label(int index) => all.Label(index);

        public override void Read(int index, Span<byte> pixels) => all.Read(index, pixels);
    }

    /// <summary>Asks for a stop after a step, as Ctrl+C does.</summary>
    private sealed class StoppingReport(CancellationTokenSource stop, long after) : TrainingReport
    {
        public override void Advance(long step)
        {
            if (step >= after)
            {
                stop.Cancel();
            }
        }

        public override void Log(MetricsLine line)
        {
        }

        public override void Warn(string message) => Assert.Fail(message);
    }
}
