using System.Text.Json;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Presets of diffusers and the CVAE, at small widths: all commands on one run of each.</summary>
public sealed class PresetFamiliesTests : IDisposable
{
    private static readonly string[] Narrow = ["--block-out-channels", "4,8", "--norm-num-groups", "2"];

    private static readonly Dictionary<string, string[]> Presets = new()
    {
        ["diffusers-vqmodel"] = [.. Narrow, "--codes", "16"],
        ["diffusers-kl"] = [.. Narrow, "--layers-per-block", "1"],
        ["diffusers-tiny"] =
        [
            "--encoder-block-out-channels", "4,4", "--decoder-block-out-channels", "4,4", "--num-encoder-blocks", "1,1",
            "--num-decoder-blocks", "1,1",
        ],
        ["diffusers-asymmetric"] =
            [.. Narrow, "--layers-per-block", "1", "--up-block-out-channels", "4,6", "--layers-per-up-block", "1"],
        ["paella"] = ["--embed-dim", "8", "--bottleneck-blocks", "1", "--codes", "16"],
        ["nadavbh12-cvae"] = ["--hidden", "4"],
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names { get; } = [.. Presets.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_preset_trains_goes_on_evaluates_reconstructs_encodes_and_decodes(string preset)
    {
        var (run, photo, codes, again) = (folder.At("run"), folder.At("photo.png"), folder.At("codes"), folder.At("again.png"));
        var isContinuous = preset is not ("diffusers-vqmodel" or "paella");
        var hasDivergence = isContinuous && preset != "diffusers-tiny";
        Succeeds([
            "train", "--preset", preset, .. Presets[preset], "--data", "shapes", "--steps", "2", "--batch", "4",
            "--log-every", "1", "--run", run]);
        var line = JsonDocument.Parse(File.ReadLines(Path.Combine(run, "metrics.jsonl")).Last()).RootElement;
        Assert.Equal(hasDivergence, line.TryGetProperty("kl", out var divergence) && divergence.GetDouble() > 0);
        Assert.Equal(!isContinuous, line.TryGetProperty("perplexity", out _));
        Assert.Equal(!isContinuous, line.TryGetProperty("vq", out _));
        Succeeds(["train", "--run", run, "--steps", "3", "--resume", "latest"]);

        var printed = Succeeds(["evaluate", "--run", run, "--batch", "50"]);
        Assert.Equal(hasDivergence, printed.Contains("nats per image", StringComparison.Ordinal));
        Assert.Equal(!isContinuous, printed.Contains("perplexity", StringComparison.Ordinal));
        var figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json"))).RootElement;
        Assert.Equal(hasDivergence, figures.TryGetProperty("kl", out var kl) && kl.GetDouble() > 0);
        Assert.Equal(isContinuous ? 0 : 1, figures.GetProperty("grids").GetArrayLength());
        Assert.Equal(!isContinuous, Directory.GetFiles(run, "*.svg").Length > 0);

        // A size that the strides do not divide; the CVAE's maps fix its own.
        var (width, height) = preset == "nadavbh12-cvae" ? (31, 30) : (31, 45);
        SaveNoise(photo, width, height);
        Succeeds(["reconstruct", "--run", run, "--input", photo, "--output", folder.At("pair.png")]);
        Succeeds(["encode", "--run", run, "--input", photo, "--output", codes]);
        using (var store = CodeStore.Open(codes))
        {
            Assert.Equal(isContinuous ? "latents" : "codes", store.Header.Layouts.Single().Name);
            Assert.Equal(isContinuous, store.ReadImage(0, 0) is float[]);
        }

        Succeeds(["decode", "--run", run, "--input", codes, "--output", again]);
        var decoded = ImageFile.Load(again);
        Assert.Equal((width, height), (decoded.Width, decoded.Height));
    }

    [Fact]
    public void A_large_image_goes_through_in_tiles()
    {
        var (run, photo, codes) = (folder.At("run"), folder.At("photo.png"), folder.At("codes"));
        Succeeds([
            "train", "--preset", "diffusers-kl", .. Presets["diffusers-kl"], "--data", "shapes", "--steps", "1", "--batch", "2",
            "--run", run]);
        SaveNoise(photo, 101, 97);
        Succeeds(["reconstruct", "--run", run, "--input", photo, "--output", folder.At("pair.png"), "--tile", "33"]);
        Succeeds(["encode", "--run", run, "--input", photo, "--output", codes, "--tile", "32"]);
        Succeeds(["decode", "--run", run, "--input", codes, "--output", folder.At("again.png"), "--tile", "32"]);
        var again = ImageFile.Load(folder.At("again.png"));
        Assert.Equal((101, 97), (again.Width, again.Height));

        // The picture is a header, then 2 pixels around the original and the reconstruction.
        var pair = ImageFile.Load(folder.At("pair.png"));
        Assert.Equal(again.Pixels, pair.Cut(101 + 4, pair.Height - 97 - 2, 101, 97).Pixels);
        Succeeds(["decode", "--run", run, "--input", codes, "--output", folder.At("whole.png")]);
        Assert.NotEqual(again.Pixels, ImageFile.Load(folder.At("whole.png")).Pixels);
        AssertFails(
            "--tile: expected at least 8 pixels, four times the strides of this model; got 7. Give another value.",
            "encode", "--run", run, "--input", photo, "--output", codes, "--tile", "7");
        AssertFails(
            "--tile: expected a whole number; got 'x'.", "encode", "--run", run, "--input", photo, "--output", codes, "--tile",
            "x");

        var scales = folder.At("scales");
        Succeeds(["train", "--quantizer", "hierarchical", "--hidden", "8", "--code-dim", "4", "--steps", "1", "--run", scales]);
        AssertFails(
            "--tile: expected a model whose grids grow with the image; got vqvae, whose do not. Leave the option out.",
            "encode", "--run", scales, "--input", photo, "--output", codes, "--tile", "32");
    }

    [Fact]
    public void Images_of_another_size_than_a_cvaes_are_refused_in_one_line()
    {
        var (run, photo) = (folder.At("run"), folder.At("photo.png"));
        Succeeds(["train", "--preset", "nadavbh12-cvae", "--hidden", "4", "--data", "shapes", "--steps", "1", "--run", run]);
        SaveNoise(photo, 40, 20);
        AssertFails(
            "images: expected at most 32×32 pixels, the one size of this model; got 40×20. Scale them with --resize 32x32.",
            "encode", "--run", run, "--input", photo, "--output", folder.At("codes"));
        AssertFails(
            "shapes: expected images of 16×16 pixels, the one size of this model; got 32×32 pixels. Scale them with --resize "
                + "16x16.",
            "train", "--model", "cvae", "--image-size", "16", "--hidden", "4", "--steps", "1", "--run", folder.At("other"));
        AssertFails(
            "--quantizer: expected a model with a quantizer; got kl. Leave the option out.",
            "train", "--model", "kl", "--quantizer", "fsq");
    }

    /// <summary>A checkpoint in the middle and a run without one end in the same bits: draws of the posterior follow the
    /// step.</summary>
    [Fact]
    public void A_run_of_a_kl_autoencoder_that_goes_on_equals_one_that_never_stopped()
    {
        string[] options =
        [
            "train", "--preset", "diffusers-kl", .. Presets["diffusers-kl"], "--data", "shapes", "--batch", "2", "--accelerator",
            "cpu",
        ];
        Succeeds([.. options, "--steps", "4", "--run", folder.At("whole")]);
        Succeeds([.. options, "--steps", "2", "--run", folder.At("part")]);
        Succeeds(["train", "--run", folder.At("part"), "--steps", "4", "--resume", "latest"]);

        Assert.Equal(Weights(folder.At("whole")), Weights(folder.At("part")));

        static byte[] Weights(string run)
        {
            using var file = SafetensorsFile.Open(
                Directory.GetFiles(Path.Combine(run, "checkpoints"), "step-*4.safetensors").Single());
            return file.HashTensors(_ => true);
        }
    }

    private static void SaveNoise(string path, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        ImageFile.Save(path, new DecodedImage(width, height, 3, pixels));
    }

    private static string Succeeds(string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }
}
