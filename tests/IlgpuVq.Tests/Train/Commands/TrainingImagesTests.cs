using System.Text.Json.Nodes;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Training;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What a run sees of its images: random parts, the first ones alone, all but what a mask hides.</summary>
public sealed class TrainingImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_on_random_parts_that_was_stopped_ends_in_the_bits_of_one_that_was_not()
    {
        string[] cut = ["--random-crop", "--resize", "24x16"];
        Train("whole", ["--steps", "6", .. cut]);
        Train("parts", ["--steps", "3", .. cut]);
        Succeeds("train", "--run", folder.At("parts"), "--resume", "latest", "--steps", "6");
        Train("middle", "--steps", "6", "--resize", "24x16");
        Assert.Equal(Weights("whole"), Weights("parts"));
        Assert.NotEqual(Weights("whole"), Weights("middle"));
        AssertFails("--random-crop: expected true, as the run that goes on was started with; got false.",
            "train", "--run", folder.At("parts"), "--resume", "latest", "--random-crop", "false");

        // Its data are the images themselves, and its pictures and figures of them.
        Assert.Equal(DataOf("whole")["content"]!.ToJsonString(), DataOf("middle")["content"]!.ToJsonString());
        Succeeds("evaluate", "--run", folder.At("whole"));
    }

    [Fact]
    public void A_run_on_changed_images_that_was_stopped_ends_in_the_bits_of_one_that_was_not()
    {
        string[] changed = ["--flip", "--shift", "2", "--brightness", "0.2", "--contrast", "0.2", "--saturation", "0.2"];
        Train("whole", ["--steps", "6", .. changed]);
        Train("parts", ["--steps", "3", .. changed]);
        Succeeds("train", "--run", folder.At("parts"), "--resume", "latest", "--steps", "6");
        Train("plain", "--steps", "6");
        Assert.Equal(Weights("whole"), Weights("parts"));
        Assert.NotEqual(Weights("whole"), Weights("plain"));
        Assert.Equal(DataOf("plain")["content"]!.ToJsonString(), DataOf("whole")["content"]!.ToJsonString());
        Assert.Equal(2, (int)DataOf("whole")["augmentation"]!["shift"]!);
        AssertFails("--shift: expected 2, as the run that goes on was started with; got 3.",
            "train", "--run", folder.At("parts"), "--resume", "latest", "--shift", "3");
        AssertFails("--brightness: expected a number from 0 to 1; got 2.", "train", "--brightness", "2");
    }

    [Fact]
    public void A_limit_takes_the_first_images_for_training_alone()
    {
        Train("run", "--steps", "2", "--limit", "5");
        Assert.Equal((5, 5), ((int)DataOf("run")["count"]!, (int)DataOf("run")["limit"]!));
        Train("all", "--steps", "2");
        Assert.Equal((double)DataOf("all")["variance"]!, (double)DataOf("run")["variance"]!);
        Succeeds("evaluate", "--run", folder.At("run"));
        var result = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.At("run"), "evaluate-test.json")))!;
        Assert.True((int)result["images"]! > 5);

        AssertFails("--limit: expected a whole number of at least 0; got -1.", "train", "--limit=-1");
        AssertFails("--batch: expected 1 to 3, the number of images; got 4.", ["train", .. Tiny, "--limit", "3"]);
        Assert.EndsWith("Take fewer: --limit N.\n", AssertFails(
            "shapes: expected at least the 1000000 images to take of it; got ", "train", "--limit", "1000000"),
            StringComparison.Ordinal);
        Assert.Equal((10, 10), (
            Presets.Find("hwangjohn-local").Config.Data.Limit, Presets.Find("hwangjohn-local").Config.Run.Batch));
    }

    [Fact]
    public void Steps_with_masks_make_no_object()
    {
        var config = new RunConfig
        {
            Run = new RunOptions { Batch = 2 },
            Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
            Model = new AsymmetricOptions { BlockOutChannels = [4, 8], NormNumGroups = 4, MaskRectangles = 2 },
        };
        TrainingStepTests.AssertSteady(config, device =>
        {
            using var pixels = Primitive.RandomUniform(device, [2, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream: 2);
            return pixels.ToArray();
        }, steps: 20);
    }

    private void Train(string run, params string[] options) =>
        Succeeds(["train", "--run", folder.At(run), .. Tiny, .. options]);

    private byte[] Weights(string run)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder.At(run), "checkpoints", "step-00000006.safetensors"));
        return [.. file.HashTensors(entry => !entry.Name.StartsWith("train/metrics", StringComparison.Ordinal))];
    }

    private JsonNode DataOf(string run) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder.At(run), RunFolder.ConfigName)))!["data"]!;

    private static void Succeeds(params string[] arguments)
    {
        var (code, _, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
    }
}
