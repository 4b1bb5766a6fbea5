using System.Text.Json;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Models.Data;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Folders of images of any kind, as their owner meets them in all commands.</summary>
public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_scales_and_cuts_its_images_in_all_commands_and_a_single_file_stays_as_it_is()
    {
        var (data, run) = (folder.At("data"), folder.At("run"));
        for (var i = 0; i < 5; i++)
        {
            Noise(folder["data", $"{i}.png"], width: 20 + (3 * i), height: 17, channels: i == 0 ? 1 : 3, seed: i);
        }

        AssertFails(
            $"{Path.Combine(data, "1.png")}: expected 20×17 pixels, the size of {Path.Combine(data, "0.png")}; got 23×17. Bring "
                + "all to one size: --resize WxH, or --resize N with --crop N.",
            ["train", "--data", data, "--run", run, .. Tiny]);
        AssertFails(
            $"{data}: expected images whose sides 4 divides, as the model's strides need; got 18×17 pixels. Cut them with --crop "
                + "16x16, or scale them with --resize 20x20.",
            ["train", "--data", data, "--crop", "18x17", "--run", run, .. Tiny]);
        AssertFails(
            $"{data}: expected images whose sides 4 divides, as the model's strides need; got 3×6 pixels. Scale them with "
                + "--resize 4x8.",
            ["train", "--data", data, "--resize", "3x6", "--run", run, .. Tiny]);
        AssertFails("--crop: expected N or WxH", ["train", "--data", data, "--crop", "x", "--run", run, .. Tiny]);
        Assert.False(Directory.Exists(run));

        string[] train = ["train", "--data", data, "--run", run, "--steps"];
        Succeeds("training vqvae on", [.. train, "2", "--resize", "18", "--crop", "16x12", .. Tiny]);
        AssertFails("--resize: expected 18, as the run that goes on", [.. train, "4", "--resume", "latest", "--resize", "20"]);
        Succeeds("(5 images of 16×12×3)", [.. train, "4", "--resume", "latest"]);

        var said = Succeeds($"data: {data}, all: 5 images; model of step 4", "evaluate", "--run", run);
        Assert.Contains("these are the images that the run was trained on", said, StringComparison.Ordinal);
        Assert.DoesNotContain(", test", said, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "evaluate-all.json")));
        AssertFails(
            $"{data}: expected a sub-folder test; got a folder without splits.", "evaluate", "--run", run, "--split", "test");

        var codes = folder.At("codes");
        Succeeds("5 images", "encode", "--run", run, "--input", data, "--output", codes);
        AssertSize(codes, 16, 12);
        Succeeds("1 images", "encode", "--run", run, "--input", Path.Combine(data, "3.png"), "--output", codes);
        AssertSize(codes, 29, 17);
        Succeeds(
            "1 images", "encode", "--run", run, "--input", Path.Combine(data, "3.png"), "--output", codes, "--crop", "10");
        AssertSize(codes, 10, 10);
        Succeeds("5 images", "encode", "--run", run, "--input", data, "--output", codes, "--resize", "8x9");
        AssertSize(codes, 8, 9);
    }

    [Theory]
    [InlineData("vqvae", 101, 97)]
    [InlineData("vqvae", 97, 100)]
    [InlineData("vqvae2", 99, 97)]
    [InlineData("vqvae2", 1, 1)]
    public void Images_of_any_size_are_reconstructed_encoded_and_decoded_alike(string model, int width, int height)
    {
        var (run, photo, codes) = (folder.At("run"), folder["photos", "photo.png"], folder.At("codes"));
        Succeeds("", ["train", "--steps", "1", "--run", run, "--model", model, "--init", "torch", .. Tiny]);
        Noise(photo, width, height, channels: 3, seed: 1);
        Succeeds("1 of 1", "reconstruct", "--run", run, "--input", photo, "--output", folder.At("pair.png"));
        Succeeds("1 images", "encode", "--run", run, "--input", photo, "--output", codes);
        AssertSize(codes, width, height);
        Succeeds("1 of 1", "decode", "--run", run, "--input", codes, "--output", folder.At("again.png"));
        var again = ImageFile.Load(folder.At("again.png"));
        Assert.Equal((width, height), (again.Width, again.Height));
        Succeeds("1 images", "evaluate", "--run", run, "--data", folder.At("photos"));
        using var figures = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(run, "evaluate-all.json")));
        // Reconstructions were rounded to bytes, by half of one at the most.
        var errors = ImageFile.Load(photo).Pixels.Zip(again.Pixels, (x, y) => Math.Pow((x - y) / 255.0, 2));
        Assert.Equal(errors.Average(), figures.RootElement.GetProperty("mse").GetDouble(), tolerance: 1e-3);
        if (width < 96)
        {
            return; // enlarged in the picture
        }

        // The picture is a header, then 2 pixels around the original and the reconstruction.
        var pair = ImageFile.Load(folder.At("pair.png"));
        var top = pair.Height - height - 2;
        Assert.Equal(ImageFile.Load(photo).Pixels, pair.Cut(2, top, width, height).Pixels);
        Assert.Equal(pair.Cut(width + 4, top, width, height).Pixels, again.Pixels);

        // As the same image with its last row and column repeated by hand.
        var step = model == "vqvae" ? 4 : 8;
        var (w, h) = ((width + step - 1) / step * step, (height + step - 1) / step * step);
        var pixels = ImageFile.Load(photo).Pixels;
        var padded = Enumerable.Range(0, w * h).SelectMany(
            i => pixels.Skip(((Math.Min(i / w, height - 1) * width) + Math.Min(i % w, width - 1)) * 3).Take(3)).ToArray();
        ImageFile.Save(photo, new DecodedImage(w, h, 3, padded));
        Succeeds("1 images", "encode", "--run", run, "--input", photo, "--output", codes);
        Succeeds("1 of 1", "decode", "--run", run, "--input", codes, "--output", folder.At("padded.png"));
        Assert.Equal(ImageFile.Load(folder.At("padded.png")).Cut(0, 0, width, height).Pixels, again.Pixels);
    }

    [Fact]
    public void Grey_images_go_through_a_model_of_colours_and_colours_through_a_grey_one()
    {
        foreach (var (channels, other) in ((int, int)[])[(1, 3), (3, 1)])
        {
            var (own, foreign) = (folder.At($"own{channels}"), folder.At($"foreign{channels}"));
            for (var i = 0; i < 4; i++)
            {
                Noise(folder[own, $"{i}.png"], 16, 16, channels, seed: i);
                Noise(folder[foreign, $"{i}.png"], 16, 16, other, seed: i);
            }

            var run = folder.At($"run{channels}");
            Succeeds($"(4 images of 16×16×{channels})", ["train", "--data", own, "--steps", "1", "--run", run, .. Tiny]);
            Succeeds($"data: {foreign}, all: 4 images", "evaluate", "--run", run, "--data", foreign);
            foreach (var input in (string[])[foreign, Path.Combine(foreign, "0.png")])
            {
                var (codes, picture) = (folder.At("codes"), folder.At("picture.png"));
                Succeeds("", "reconstruct", "--run", run, "--input", input, "--output", picture);
                Assert.Equal(channels, ImageFile.Load(picture).Channels);
                Succeeds("", "encode", "--run", run, "--input", input, "--output", codes);
                Succeeds("", "decode", "--run", run, "--input", codes, "--output", picture);
                Assert.Equal(channels, ImageFile.Load(picture).Channels);
            }
        }
    }

    [Fact]
    public void Evaluate_says_which_split_it_measured_and_takes_one_that_is_there()
    {
        var (data, run) = (folder.At("data"), folder.At("run"));
        for (var i = 0; i < 4; i++)
        {
            Noise(folder["data", "Train", $"{i}.png"], 8, 8, 3, seed: i);
        }

        Succeeds("", ["train", "--data", data, "--steps", "1", "--run", run, .. Tiny]);
        var said = Succeeds($"data: {data}, train: 4 images", "evaluate", "--run", run);
        Assert.Contains($"{data} has no split test: taking train\n", said, StringComparison.Ordinal);
        Assert.Contains("these are the images that the run was trained on\n", said, StringComparison.Ordinal);
        AssertFails($"{data}: expected a sub-folder test; got only Train.", "evaluate", "--run", run, "--split", "test");

        Noise(folder["data", "Validation", "a.png"], 8, 8, 3, seed: 5);
        Noise(folder["data", "extra", "a.png"], 8, 8, 3, seed: 6);
        Noise(folder["data", "extra", "b.png"], 8, 8, 3, seed: 7);
        said = Succeeds($"data: {data}, val: 1 images", "evaluate", "--run", run);
        Assert.Contains($"{data} has no split test: taking val\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("trained on", said, StringComparison.Ordinal);
        Succeeds($"data: {data}, extra: 2 images", "evaluate", "--run", run, "--split", "extra");
        Succeeds("1 images", "encode", "--run", run, "--input", data, "--split", "validation", "--output", folder.At("codes"));
        Assert.True(File.Exists(Path.Combine(run, "evaluate-val.json")));

        Noise(folder["data", "more", "a.png"], 8, 8, 3, seed: 8);
        AssertFails(
            $"{data}: expected no other images beside the splits Train, Validation, extra; got a folder more with some.",
            "evaluate", "--run", run);
    }

    [Fact]
    public void A_damaged_test_image_is_told_before_training()
    {
        var (data, run) = (folder.At("data"), folder.At("run"));
        for (var i = 0; i < 4; i++)
        {
            Noise(folder["data", "train", $"{i}.png"], 8, 8, 3, seed: i);
            Noise(folder["data", "test", $"{i}.png"], 8, 8, 3, seed: i);
        }

        DataFiles.FlipAByte(Path.Combine(data, "test", "2.png"));
        string[] train = ["train", "--data", data, "--steps", "1", "--run", run, .. Tiny];
        AssertFails($"{Path.Combine(data, "test", "2.png")}: expected ", [.. train, "--strict"]);
        Assert.False(Directory.Exists(run));
        var said = Succeeds("steps: 1 of 1", train);
        var note = said.IndexOf($"{Path.Combine(data, "test")}: skipped 1 that is no image: 2.png (", StringComparison.Ordinal);
        Assert.InRange(note, 0, said.IndexOf("step ", StringComparison.Ordinal));
        Succeeds($"data: {data}, test: 3 images", "evaluate", "--run", run);
        AssertFails($"{Path.Combine(data, "test", "2.png")}: expected ", "evaluate", "--run", run, "--strict");

        DataFiles.FlipAByte(Path.Combine(data, "train", "0.png"));
        AssertFails(
            $"{data}: expected 4 images, as the run that goes on", "train", "--data", data, "--run", run, "--resume", "latest");
    }

    [Fact]
    public void A_run_that_lies_in_its_own_data_is_no_part_of_them()
    {
        var data = folder.At("data");
        for (var i = 0; i < 4; i++)
        {
            Noise(folder["data", $"{i}.png"], 8, 8, 3, seed: i);
        }

        AssertFails(
            $"--run: expected another folder than that of the images; got {data}/. Name one of its own.",
            ["train", "--data", data, "--run", data + "/", .. Tiny]);
        var run = Path.Combine(data, "runs", "a");
        string[] train = ["train", "--data", data, "--run", run];
        Succeeds("(4 images of 8×8×3)", [.. train, "--steps", "2", .. Tiny]);
        var said = Succeeds("(4 images of 8×8×3)", [.. train, "--steps", "4", "--resume", "latest"]);
        Assert.Contains($"{data}: skipped 1 that is no image: runs/a (the folder of a run).\n", said, StringComparison.Ordinal);
        Succeeds("all: 4 images", "evaluate", "--run", run);
        AssertFails(
            $"--data: expected a folder of images; got {run}, the folder of a run. Name the folder of its images.",
            "train", "--data", run);
        AssertFails(
            $"{Path.Combine(data, "runs")}: expected images, or a sub-folder of images for each class; got none; 1 skipped: a "
                + "(the folder of a run).",
            "train", "--data", Path.Combine(data, "runs"));
    }

    private static string Succeeds(string part, params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(part, output, StringComparison.Ordinal);
        return output;
    }

    private static void AssertSize(string codes, int width, int height)
    {
        using var store = CodeStore.Open(codes);
        Assert.Equal((width, height), (store.Header.Width, store.Header.Height));
    }

    internal static void Noise(string path, int width, int height, int channels, int seed)
    {
        var pixels = new byte[width * height * channels];
        new Random(seed).NextBytes(pixels);
        ImageFile.Save(path, new DecodedImage(width, height, channels, pixels));
    }
}
