using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Priors as people type them.</summary>
public sealed class PriorTrainingTests : IDisposable
{
    private static readonly string[] Small = ["--width", "8", "--blocks", "1", "--batch", "4", "--log-every", "2"];

    private readonly TemporaryFolder folder = new();

    private string Model => folder.At("model");

    private string Prior => folder.At("prior");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vqvae", "vector")]
    [InlineData("vqvae2", "vector")]
    [InlineData("vqvae", "residual")]
    [InlineData("vqvae", "hierarchical")]
    public void A_prior_is_learnt_measured_and_drawn_from(string family, string quantizer)
    {
        TrainModel("--model", family, "--quantizer", quantizer);
        Succeed(["train-prior", "--from", Model, "--run", Prior, "--steps", "4", .. Small]);
        var output = Succeed("evaluate", "--run", Prior);
        Succeed("sample", "--run", Prior, "--count", "5", "--output", folder.At("a.png"));
        Succeed("sample", "--run", Prior, "--count", "5", "--output", folder.At("b.png"));
        Succeed("sample", "--run", Prior, "--count", "5", "--seed", "1", "--output", folder.At("c.png"));
        Succeed("sample", "--run", Prior, "--count", "3", "--class", "1", "--temperature", "0", "--output", folder.At("d.png"));

        Assert.Matches(@"prior: \d\.\d{4} nats of an index", output);
        Assert.Equal(File.ReadAllBytes(folder.At("a.png")), File.ReadAllBytes(folder.At("b.png")));
        Assert.NotEqual(File.ReadAllBytes(folder.At("a.png")), File.ReadAllBytes(folder.At("c.png")));
        Assert.Matches("\"held_nats\":[0-9.]+,\"held_accuracy\":", File.ReadLines(Path.Combine(Prior, "metrics.jsonl")).Last());
        Assert.True(File.Exists(Path.Combine(Prior, "samples", "step-00000004.png")));
        Succeed("reconstruct", "--run", Prior, "--input", Data, "--output", folder.At("e.png"));
        Succeed("report", "--run", Prior);
    }

    [Theory]
    [InlineData()]
    [InlineData("--weight-ema", "0.9", "--accumulate", "2", "--schedule", "cosine")]
    public void A_prior_that_goes_on_ends_in_the_bits_of_one_that_never_stopped(params string[] options)
    {
        TrainModel();
        string[] train = ["train-prior", "--from", Model, .. Small, .. options];
        Succeed([.. train, "--run", Prior, "--steps", "6"]);
        Succeed([.. train, "--run", folder.At("stopped"), "--steps", "6", "--checkpoint-every", "3"]);
        Directory.Delete(Model, recursive: true);
        Succeed("train-prior", "--run", folder.At("stopped"), "--resume", "3", "--discard-later", "--steps", "6");

        Assert.Equal(StateOf(Prior), StateOf(folder.At("stopped")));
    }

    /// <summary>The program as a process of its own, ended by the system without a chance to clean up.</summary>
    [Fact]
    public void After_kills_at_random_moments_a_prior_is_that_of_a_run_without_any()
    {
        const int kills = 3;
        TrainModel();
        string[] train =
            ["train-prior", "--from", Model, .. Small, "--accelerator", "cpu", "--checkpoint-every", "4", "--steps", "126"];
        Succeed([.. train, "--run", Prior]);
        var run = folder.At("killed");
        var checkpoints = CheckpointStore.ForReading(Path.Combine(run, "checkpoints"));
        var random = new Random(20261129);
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = Start(kill == 0 ? [.. train, "--run", run] : GoOn(run));
            var until = LatestStep() + random.Next(1, 30);
            while (!process.HasExited && LatestStep() < until)
            {
                Thread.Sleep(1);
            }

            process.Kill();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode != 0, output);
        }

        Assert.InRange(LatestStep(), kills, 125);
        Succeed(GoOn(run));
        Assert.Equal(StateOf(Prior), StateOf(run));
        Assert.Equal(Figures(Prior), Figures(run));

        long LatestStep() => checkpoints.List() is [var latest, ..] ? latest.Step : 0;

        static IEnumerable<string> Figures(string run) => MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Select(
            line => $"{line.Step} {string.Join(' ', line.Figures.Where(figure => figure.Key != MetricNames.Speed))}");

        static string[] GoOn(string run) => ["train-prior", "--run", run, "--resume", "latest"];
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_line()
    {
        TrainModel();
        AssertFails("--from: expected the folder of a run; got none.", "train-prior", "--run", Prior);
        AssertFails($"{folder.At("nowhere")}: expected the folder of a run", "train-prior", "--from", folder.At("nowhere"));
        AssertFails(
            $"--run: expected the run of a prior; got {Model}, the run of a model. Learn one of its codes: ",
            "sample", "--run", Model, "--output", folder.At("a.png"));
        AssertFails(
            $"--run: expected the run of a prior; got {Model}, the run of a model.",
            "train-prior", "--run", Model, "--resume", "latest");
        AssertFails("--prior: expected ", "train-prior", "--from", Model, "--prior", "pixelcn");
        AssertFails("--width: expected a whole number of at least 2; got 1.", "train-prior", "--from", Model, "--width", "1");
        Succeed(["train-prior", "--from", Model, "--run", Prior, "--steps", "1", .. Small]);
        AssertFails(
            $"--from: expected the run of a model; got {Prior}, the run of a prior.", "train-prior", "--from", Prior);
        AssertFails("--run: expected the run of a model; got ", "train", "--run", Prior, "--resume", "latest");
        AssertFails(
            "--class: expected a whole number from 0 to 1; got 99.",
            "sample", "--run", Prior, "--class", "99", "--output", folder.At("a.png"));
        AssertFails(
            "--top-p: expected a number above 0, up to 1; got 0.",
            "sample", "--run", Prior, "--top-p", "0", "--output", folder.At("a.png"));
        Succeed(
            "train", "--preset", "diffusers-tiny", "--encoder-block-out-channels", "8,8", "--decoder-block-out-channels", "8,8",
            "--num-encoder-blocks", "1,1", "--num-decoder-blocks", "1,1", "--steps", "1", "--batch", "4", "--data", Data, "--run",
            folder.At("latents"));
        AssertFails("--from: expected a model with codes; got tiny", "train-prior", "--from", folder.At("latents"));
    }

    private void TrainModel(params string[] options) =>
        Succeed(["train", .. Tiny, "--data", Data, "--steps", "2", "--run", Model, .. options]);

    /// <summary>A few images of two classes, and others held out.</summary>
    private string Data
    {
        get
        {
            foreach (var (split, count) in new[] { ("train", 12), ("test", 4) })
            {
                for (var i = 0; i < count; i++)
                {
                    var picture = folder["data", split, i % 2 == 0 ? "even" : "odd", $"{i}.png"];
                    ImageFolderTests.Noise(picture, 16, 16, 3, seed: i + 99 * count);
                }
            }

            return folder.At("data");
        }
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private static byte[] StateOf(string run)
    {
        using var file = IlgpuVq.Models.Safetensors.SafetensorsFile.Open(
            Directory.GetFiles(Path.Combine(run, "checkpoints"), "*6.safetensors").Single());
        return file.HashTensors(_ => true);
    }
}
