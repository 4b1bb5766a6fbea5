using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Adversarial training as people type it.</summary>
public sealed class AdversarialTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>The preset with networks that train in no time.</summary>
    private static string[] Small { get; } =
    [
        "--preset", "vqgan", "--block-out-channels", "32,32", "--layers-per-block", "1", "--codes", "16", "--batch", "4",
        "--log-every", "2", "--discriminator-hidden", "8",
    ];

    [Fact]
    public void The_preset_trains_evaluates_and_goes_on()
    {
        var network = folder.At("network.safetensors");
        SmallNetwork.Write(network);
        string[] run = ["--run", folder.At("run")];
        var (code, output, errors) = Invoke(
            ["train", .. Small, "--steps", "4", "--accumulate", "2",
                "--perceptual", network, .. run]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(@"step +4 .*  generator -0\.\d{3}  discriminator [12]\.\d{3}  perplexity ", output);
        var line = File.ReadLines(folder.At("run/metrics.jsonl")).Last();
        foreach (var figure in new[] { "perceptual", "generator", "discriminator", "lambda", "gradient_penalty", "recon", "vq" })
        {
            Assert.Matches($"\"{figure}\":-?[0-9.E-]+[,}}]", line);
        }

        Assert.Equal(0, Invoke(["evaluate", .. run, "--data", "shapes"]).Code);
        Assert.Equal(0, Invoke(["train", "--resume", "latest", "--steps", "6", .. run]).Code);
        using var file = SafetensorsFile.Open(Directory.GetFiles(folder.At("run/checkpoints"), "*6.safetensors").Single());
        Assert.NotNull(file.Find("train/discriminator.encoder.2.weight_u"));
        Assert.NotNull(file.Find("train/adam.v.discriminator.shuffle.bias"));
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_line()
    {
        string[] train = ["train", .. Small, "--run", folder.At("run")];
        var damaged = folder.At("damaged.safetensors");
        File.WriteAllText(damaged, "no network");
        var network = folder.At("network.safetensors");
        SmallNetwork.Write(network, rename: key => key == "lin4.model.1.weight" ? "lin5" : key);
        var small = folder.At("small.safetensors");
        SmallNetwork.Write(small);

        AssertFails("/no/where: expected ", [.. train, "--perceptual", "/no/where"]);
        AssertFails($"{damaged}: expected ", [.. train, "--perceptual", damaged]);
        AssertFails(
            $"{network}: expected tensor lin4.model.1.weight; got a file without it. Give the VGG-16 of LPIPS",
            [.. train, "--perceptual", network]);
        AssertFails(
            "--perceptual: expected images of at least 16×16 pixels, grey or of three colours; got 8×8×3. ",
            [.. train, "--perceptual", small, "--crop", "8"]);
        AssertFails(
            "--perceptual: expected an option of model vqvae with quantizer vector; got one of another. Leave it out, or choose "
                + "the --model, --quantizer, --task, --optimizer or --schedule that has it.",
            "train", "--perceptual", small);
        AssertFails(
            "--task: expected reconstruction or adversarial; got 'gan'.", "train", "--task", "gan");
        AssertFails(
            "--discriminator-hidden: expected a multiple of 8, at least 8; got 9.",
            ["train", .. Small[..^1], "9", "--run", folder.At("run")]);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void A_run_keeps_its_task()
    {
        string[] run = ["train", "--run", folder.At("run"), "--steps", "2"];
        Assert.Equal(0, Invoke([.. run, .. Small]).Code);

        AssertFails(
            "--model, --quantizer, --task and --optimizer: expected those that the run that goes on was started with; got "
                + "others.",
            [.. run, "--resume", "latest", "--task", "reconstruction"]);
        AssertFails(
            "--discriminator-start: expected 0, as the run that goes on was started with; got 7.",
            [.. run, "--resume", "latest", "--discriminator-start", "7"]);
    }
}
