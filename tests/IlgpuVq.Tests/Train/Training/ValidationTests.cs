using System.Globalization;
using System.Text.Json;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Validations while a run trains, the best checkpoint by them, and what ends a run early.</summary>
public sealed class ValidationTests : IDisposable
{
    private static readonly string[] Figures = ["nmse", "psnr", "ssim", "perplexity", "codes_used"];

    private readonly TemporaryFolder folder = new();
    private readonly string images;

    public ValidationTests() => images = ShapeFolder.Write(folder);

    private string Run => folder.At("run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_validation_has_the_figures_that_evaluate_has_of_the_averaged_weights_and_changes_no_bit_of_training()
    {
        string[] train = ["--steps", "6", "--weight-ema", "0.9", "--flip", "--brightness", "0.8"]; // of these it knows nothing
        var output = Train(Run, [.. train, "--validate-every", "3", "--validate-images", "0"]);
        Assert.Contains($"validations on {images}, test\n", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^step +6 .* nmse \d\.\d{4}  val nmse \d\.\d{4}  ", output);
        Assert.Matches(@"(?m)^validation: NMSE \d\.\d{4}, PSNR \d+\.\d\d dB$", output);
        var lines = Lines(Run);
        Assert.Equal([2L, 3, 4, 6], lines.Select(line => line.Step));
        Assert.Equal([3L, 6], lines.Where(line => double.IsFinite(line["val_nmse"])).Select(line => line.Step));

        var result = JsonDocument.Parse(Succeed("evaluate", "--run", Run, "--json")).RootElement;
        foreach (var figure in Figures)
        {
            var place = figure is "perplexity" or "codes_used" ? result.GetProperty("grids")[0] : result;
            var value = place.GetProperty(figure).GetDouble();
            Assert.Equal(value, lines[^1][$"val_{figure}"], 1e-5 * Math.Abs(value));
        }

        Train(folder.At("plain"), train);
        Assert.Equal(Hash(folder.At("plain")), Hash(Run));
        Assert.NotEqual(lines[^1]["val_nmse"], lines[1]["val_nmse"]);
    }

    [Theory]
    [InlineData("nmse", 1)]
    [InlineData("psnr", -1)]
    [InlineData("ssim", -1)]
    public void The_best_checkpoint_is_that_of_the_best_validation(string figure, int sign)
    {
        Train(Run, "--steps", "12", "--validate-every", "2", "--best", figure, "--checkpoint-every", "0", "--lr", "3e-2");
        var best = Lines(Run).MinBy(line => sign * line[$"val_{figure}"])!;

        var (summary, _) = RunSummary.Of(Run);

        Assert.Equal(best.Step, summary.Best);
        Assert.Contains(best.Step, summary.Checkpoints);
        using var file = CheckpointStore.ForReading(Path.Combine(Run, "checkpoints")).Best().Open();
        Assert.Equal(
            sign * best[$"val_{figure}"], double.Parse(file.Metadata["nmse"], CultureInfo.InvariantCulture),
            1e-5 * best["val_psnr"]);
        var measured = JsonDocument.Parse(Succeed("evaluate", "--run", Run, "--checkpoint", "best", "--json")).RootElement;
        Assert.Equal(best.Step, measured.GetProperty("step").GetInt64());
    }

    [Fact]
    public void A_run_without_patience_left_stops_and_goes_on_with_more()
    {
        // No weight moves, so that no validation is better than the first.
        string[] still = ["--codebook", "gradient", "--lr", "1e-30", "--validate-every", "2"];
        var output = Train(Run, ["--steps", "20", "--patience", "2", .. still]);
        Assert.Matches(@"(?m)^steps: 6 of 20 in ", output);
        Assert.Matches(@"(?m)^stopped: val_nmse was no better than \d\.\d+ for 2 values; a larger --patience goes on$", output);
        Assert.Matches(@"(?m)^next: .* evaluate --run \S+ --checkpoint best --data \S+$", output);

        string[] resume = ["train", "--run", Run, "--resume", "latest"];
        Assert.Contains("steps: 6 of 20 in ", Succeed(resume), StringComparison.Ordinal);
        Assert.Contains("steps: 8 of 20 in ", Succeed([.. resume, "--patience", "3"]), StringComparison.Ordinal);
        Assert.Contains(
            "steps: 10 of 10 in ", Succeed([.. resume, "--patience", "0", "--steps", "10"]), StringComparison.Ordinal);
        using var file = CheckpointStore.ForReading(Path.Combine(Run, "checkpoints")).Latest()!.Open();
        Assert.Equal("4", file.Metadata["since_best"]);
    }

    [Fact]
    public void A_prior_has_patience_with_its_held_out_codes()
    {
        Train(Run, "--steps", "1");
        var output = Succeed(
            "train-prior", "--from", Run, "--run", folder.At("prior"), "--width", "8", "--blocks", "1", "--batch", "4", "--steps",
            "20", "--log-every", "2", "--lr", "1e-30", "--patience", "2");
        Assert.Matches(@"(?m)^steps: 6 of 20 in ", output);
        Assert.Matches(@"(?m)^stopped: held_nats was no better than \d\.\d+ for 2 values; ", output);
        Assert.Matches(@"(?m)^next: .* sample --run \S+ --checkpoint best --output samples.png$", output);
    }

    [Fact]
    public void A_run_that_has_its_time_stops_at_a_checkpoint_and_goes_on_in_the_same_bits()
    {
        var output = Train(Run, "--steps", "1000000", "--max-time", "0.05s");
        Assert.Matches(@"(?m)^stopped: after --max-time 0.05s$", output);
        Assert.Matches(@"(?m)^next: .* train --run \S+ --resume latest$", output);
        var stopped = CheckpointStore.ForReading(Path.Combine(Run, "checkpoints")).Latest()!.Step;
        Assert.InRange(stopped, 1, 999_999);

        var steps = $"{stopped + 3}";
        Succeed("train", "--run", Run, "--resume", "latest", "--steps", steps, "--max-time", "9h");
        Train(folder.At("whole"), "--steps", steps);
        Assert.Equal(Hash(folder.At("whole")), Hash(Run));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(7)]
    public void A_run_stopped_anywhere_and_resumed_has_the_bits_the_figures_and_the_patience_of_one_that_never_stopped(int stop)
    {
        var config = new RunConfig
        {
            Run = new RunOptions
            {
                Steps = 9,
                Batch = 4,
                LogEvery = 4,
                CheckpointEvery = 4,
                SampleEvery = 0,
                Seed = 2,
                Patience = 3,
            },
            Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
            Model = new VqVaeOptions
            {
                Hidden = 8,
                ResidualHidden = 4,
                Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4, Rule = CodebookRule.Ema },
            },
            Task = new ReconstructionOptions { ValidateEvery = 2, ValidateImages = 5, Best = BestFigure.Ssim },
            Optimizer = new AdamOptions { WeightEma = 0.7, LearningRate = 1e-2 },
        };
        var whole = TrainTo(config, "whole", long.MaxValue);
        TrainTo(config, "parts", stop);

        Assert.Equal(whole, TrainTo(config, "parts", long.MaxValue));
    }

    [Fact]
    public void Validations_are_on_val_where_there_is_one_and_what_cannot_be_is_refused_in_one_line()
    {
        var own = folder.At("own");
        foreach (var split in new[] { "train", "val", "test" })
        {
            for (byte i = 0; i < 4; i++)
            {
                ImageFile.Save(
                    folder["own", split, $"{i}.png"],
                    new DecodedImage(8, 8, 1, [.. Enumerable.Range(i, 64).Select(pixel => (byte)(pixel * (i + 3)))]));
            }
        }

        string[] validated = ["train", .. Tiny, "--steps", "2", "--validate-every", "2", "--run", Run];
        Assert.Contains(
            $"validations on {own}, val\n", Succeed([.. validated, "--data", own]), StringComparison.Ordinal);
        Assert.Equal(double.NaN, Lines(Run)[^1]["val_ssim"]);

        validated[^1] = folder.At("other");
        AssertFails(
            "--best: expected images of at least 11×11 pixels for ssim; got 8×8. Choose the best by another figure.",
            [.. validated, "--data", own, "--best", "ssim"]);
        AssertFails(
            $"--validate-every: expected data with a split val or test, of images of one size with those to train on; got "
                + $"{Path.Combine(own, "val")}, which has none. Add one, as a folder val beside the folder train, or leave "
                + "the option out.",
            [.. validated, "--data", Path.Combine(own, "val")]);
        AssertFails("--best: expected nmse or loss where nothing is validated; got ssim.", "train", "--best", "ssim");
        AssertFails("--max-time: expected a time above 0 such as 90s, 30m or 1.5h; got 30.", "train", "--max-time", "30");
        AssertFails("--max-time: expected a time above 0 such as 90s, 30m or 1.5h; got 0m.", "train", "--max-time", "0m");
        AssertFails("--max-time: expected a time above 0 such as 90s, 30m or 1.5h; got 1e9h.", "train", "--max-time", "1e9h");
        AssertFails("--patience: expected a whole number of at least 0; got -1.", "train", "--patience=-1");
        AssertFails(
            "--validate-every: expected 2, as the run that goes on was started with; got 3.",
            "train", "--run", Run, "--resume", "latest", "--validate-every", "3");
    }

    private string Train(string run, params string[] options) =>
        Succeed(["train", "--run", run, "--data", images, .. Tiny, .. options]);

    private static IReadOnlyList<MetricsLine> Lines(string run) => MetricsLog.Read(Path.Combine(run, "metrics.jsonl"));

    private static string Hash(string run)
    {
        using var file = CheckpointStore.ForReading(Path.Combine(run, "checkpoints")).Latest()!.Open();
        return Convert.ToHexString(file.HashTensors(
            entry => !entry.Name.StartsWith("train/metrics", StringComparison.Ordinal)));
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    /// <summary>All that a run leaves but times, once it has done so many steps.</summary>
    private string TrainTo(RunConfig config, string name, long stop)
    {
        var data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16 });
        var held = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = 16, Split = DataSets.Test });
        using var device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));
        using var run = RunFolder.OpenForWriting(folder.At(name));
        var checkpoints = run.OpenCheckpoints();
        using (var state = new TrainingState(device, config))
        {
            if (checkpoints.Latest() is { } checkpoint)
            {
                state.Load(checkpoint);
            }

            using var metrics = MetricsLog.Resume(run.MetricsPath, state.Step);
            var files = new TrainingFiles(run, checkpoints, metrics, data, held, Validation: held);
            using var source = new CancellationTokenSource();
            new Trainer(state, config, files, new StoppingReport(source, stop)).Run(source.Token);
        }

        Assert.Equal(0, device.Memory.LiveBuffers);
        using var file = checkpoints.Latest()!.Open();
        var lines = MetricsLog.Read(run.MetricsPath).Select(line => string.Join(
            ' ', line.Figures.Where(figure => figure.Key != "images_per_s").Append(new("step", line.Step))));
        var said = string.Join(' ', ((string[])["nmse", "best_error", "since_best"]).Select(key => file.Metadata[key]));
        return $"{Convert.ToHexString(file.HashTensors())}\n{said}\n{string.Join('\n', lines)}";
    }

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
