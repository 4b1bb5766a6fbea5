using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Commands;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Runs;
using Spectre.Console;
using Xunit;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What the commands do with the files of a run: which checkpoint they take, what they keep, what they
/// refuse.</summary>
public sealed class RunFilesTests : IDisposable
{
    private static readonly string[] Tiny =
        ["--hidden", "8", "--residual-hidden", "4", "--codes", "16", "--code-dim", "4", "--batch", "4", "--log-every", "2",
            "--checkpoint-every", "2", "--accelerator", "cpu"];

    private readonly TemporaryFolder folder = new();
    private readonly string run;

    public RunFilesTests() => run = folder.At("run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_checkpoint_is_chosen_by_step_word_or_path()
    {
        Train("--steps", "6", "--keep", "3");
        Assert.Equal([2L, 4, 6], Steps());

        // Whatever the metrics were, step 4 is the best now.
        CheckpointFiles.Rewrite(PathOf(4), (_, _) => { }, metadata => metadata["nmse"] = "0.001");
        Assert.Equal(6, Evaluated());
        Assert.Equal(6, Evaluated("latest"));
        Assert.Equal(4, Evaluated("best"));
        Assert.Equal(2, Evaluated("2"));
        Assert.Equal(4, Evaluated(PathOf(4)));

        SaveNoise(folder.At("noise.png"), seed: 1);
        List<byte[]> pictures = [];
        foreach (var which in new[] { "2", "best", "latest" })
        {
            Succeeds("reconstruct", "--run", run, "--checkpoint", which, "--input", "shapes", "--output", folder.At("grid.png"));
            pictures.Add(File.ReadAllBytes(folder.At("grid.png")));
            Succeeds("encode", "--run", run, "--checkpoint", which, "--input", folder.At("noise.png"), "--output",
                folder.At("codes"));
            using var codes = CodeStore.Open(folder.At("codes"));
            Assert.Equal(which switch { "2" => 2, "best" => 4, _ => 6 }, codes.Header.Step);
        }

        Assert.Equal(3, pictures.Select(Convert.ToHexString).Distinct().Count());
        Fails($"{run}/checkpoints: expected a checkpoint of step 3; got those of steps 2, 4, 6.", "evaluate", "--run", run,
            "--checkpoint", "3");
        Fails("newest: expected latest, best, the number", "evaluate", "--run", run, "--checkpoint", "newest");

        int Evaluated(params string[] which)
        {
            Succeeds(["evaluate", "--run", run, "--batch", "1000", .. which.SelectMany(word => new[] { "--checkpoint", word })]);
            var result = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json")));
            return result.RootElement.GetProperty("step").GetInt32();
        }
    }

    [Fact]
    public void As_many_are_kept_as_the_option_says_besides_the_best()
    {
        Train("--steps", "8", "--keep", "1", "--lr", "1e-9");
        var best = CheckpointStore.ForReading(Path.Combine(run, "checkpoints")).Best();
        Assert.Equal(new[] { best.Step, 8 }.Distinct(), Steps());
        CheckpointFiles.Rewrite(best.Path, (_, _) => { }, metadata => metadata["nmse"] = "0.001");
        Resume("--steps", "14", "--keep", "2");
        Assert.Equal([best.Step, 12, 14], Steps());
        Fails("--keep: expected a whole number of at least 1; got 0.", "train", "--keep", "0");
    }

    [Fact]
    public void Codes_decode_after_the_run_has_gone_on()
    {
        var (codes, before, after) = (folder.At("codes"), folder.At("before.png"), folder.At("after.png"));
        Train("--steps", "4", "--keep", "1");
        Succeeds("encode", "--run", run, "--input", "shapes", "--output", codes);
        Succeeds("decode", "--run", run, "--input", codes, "--output", before);
        Resume("--steps", "12");
        Assert.Contains(4L, Steps());
        Succeeds("decode", "--run", run, "--input", codes, "--output", after);
        Assert.Equal(File.ReadAllBytes(before), File.ReadAllBytes(after));

        // Of what is gone, decode says what it was, and a copy of it serves.
        File.Move(PathOf(4), folder.At("copy"));
        var rest = string.Join(", ", Steps());
        Fails(
            $"{codes}: expected codes of a model that {run} still has, those of steps {rest}; got those of ", "decode", "--run",
            run, "--input", codes, "--output", after);
        Fails($", {PathOf(4)}. Put that checkpoint back or", "decode", "--run", run, "--input", codes, "--output", after);
        Succeeds("decode", "--run", run, "--checkpoint", folder.At("copy"), "--input", codes, "--output", after);
        Fails($"{codes}: expected codes of the model ", "decode", "--run", run, "--checkpoint", "12", "--input", codes,
            "--output", after);
    }

    [Fact]
    public void Codes_that_were_not_written_keep_no_checkpoint()
    {
        Train("--steps", "4");
        Fails(
            "--output: expected a file in a folder that is there; got no folder", "encode", "--run", run, "--input", "shapes",
            "--output", folder.At("none/codes"));
        Fails("--input: expected", "encode", "--run", run, "--input", folder.At("none"), "--output", folder.At("codes"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(run, "checkpoints"), "*.codes"));
    }

    [Fact]
    public void A_checkpoint_that_is_not_finite_is_refused_by_all_and_an_earlier_one_serves()
    {
        Train("--steps", "4");
        CheckpointFiles.Poison(PathOf(4), "_vq_vae._embedding.weight", float.NaN);
        var message = $"{PathOf(4)}: expected finite numbers; got NaN or ∞ in _vq_vae._embedding.weight";
        var output = folder.At("output.png");
        File.WriteAllText(output, "old");
        Fails(message, "evaluate", "--run", run);
        Fails(message, "reconstruct", "--run", run, "--input", "shapes", "--output", output);
        Fails(message, "encode", "--run", run, "--input", "shapes", "--output", output);
        Fails(message, "train", "--run", run, "--resume", "latest", "--steps", "8");
        Assert.Equal("old", File.ReadAllText(output));
        Assert.False(File.Exists(Path.Combine(run, "evaluate-test.json")));

        Succeeds("evaluate", "--run", run, "--checkpoint", "2");
        Fails(
            "--resume: expected the latest checkpoint, or --discard-later; got step 2, before that of step 4.", "train",
            "--run", run, "--resume", "2", "--lr", "1e-4", "--steps", "8");
        Assert.Equal([2L, 4], Steps());
        Succeeds("train", "--run", run, "--resume", "2", "--lr", "1e-4", "--steps", "8", "--discard-later");
        Assert.Equal([6L, 8], Steps());
        Assert.Equal([2L, 4, 6, 8], MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Select(line => line.Step));
    }

    [Fact]
    public void A_rate_that_is_too_high_leaves_the_last_finite_checkpoint_and_says_how_to_go_on()
    {
        Train("--steps", "4");
        Fails(
            $"The checkpoint of step 4 is kept; go on with a lower rate: {ProgramName.Current} train --run {run} --resume "
                + "latest --lr 1E+29", "train",
            "--run", run, "--resume", "latest", "--steps", "100", "--lr", "1e30", "--log-every", "10");
        Assert.Equal([2L, 4], Steps());
        Resume("--steps", "8", "--lr", "1e-4");
        Succeeds("evaluate", "--run", run);
    }

    [Fact]
    public void A_config_that_is_gone_comes_from_the_checkpoint()
    {
        var config = Path.Combine(run, "config.json");
        Train("--steps", "4", "--seed", "9");
        var before = File.ReadAllText(config);
        File.Delete(config);
        Fails($"{run}: expected a folder without a run; got one that holds a run.", ["train", "--run", run, .. Tiny]);
        Assert.Contains($"{config} is gone; going by the one in {PathOf(4)}", Succeeds("evaluate", "--run", run),
            StringComparison.Ordinal);
        Resume("--steps", "4");
        Assert.Equal(before, File.ReadAllText(config));
    }

    [Fact]
    public void What_is_no_run_or_of_another_run_is_not_gone_on_from()
    {
        Fails($"{folder.At("mistyped")}: expected the folder of a run; got no folder of that name.", "train", "--run",
            folder.At("mistyped"), "--resume", "latest");
        Directory.CreateDirectory(folder.At("empty"));
        Fails($"{folder.At("empty")}: expected the folder of a run; got one without config.json", "train", "--run",
            folder.At("empty"), "--resume", "latest");
        Assert.False(Directory.Exists(folder.At("mistyped")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.At("empty")));

        Train("--steps", "4");
        Succeeds(["train", "--run", folder.At("other"), "--steps", "4", .. Tiny]);
        var other = Path.Combine(folder.At("other"), "checkpoints", "step-00000004.safetensors");
        Fails($"{other}: expected a checkpoint of the run {run}; got one of another run.", "train", "--run", run, "--resume",
            other);
        Fails($"{other}: expected a checkpoint of the run {run}; got one of another run.", "evaluate", "--run", run,
            "--checkpoint", other);

        // A copy of its own is no other run's.
        File.Copy(PathOf(4), folder.At("copy"));
        Succeeds("train", "--run", run, "--resume", folder.At("copy"), "--steps", "6");
    }

    [Fact]
    public void A_run_does_not_end_before_where_it_is()
    {
        Train("--steps", "6");
        Fails($"--steps: expected at least 6, the step of {PathOf(6)}; got 3.", "train", "--run", run, "--resume", "latest",
            "--steps", "3");
        Assert.Contains("6 of 6", Succeeds("train", "--run", run, "--resume", "latest"), StringComparison.Ordinal);
        Assert.Equal([4L, 6], Steps());
    }

    [Fact]
    public void A_run_stopped_before_its_first_checkpoint_begins_again()
    {
        Train("--steps", "4", "--seed", "9");
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        var output = Succeeds("train", "--run", run, "--resume", "latest");
        Assert.Contains($"{run} has no checkpoint yet: beginning with step 1\n", output, StringComparison.Ordinal);
        Assert.Equal([2L, 4], Steps());
    }

    [Fact]
    public void A_run_goes_on_where_its_images_were_moved_to_and_not_with_others()
    {
        var (images, moved) = (folder.At("images"), folder.At("moved"));
        Directory.CreateDirectory(images);
        for (var i = 0; i < 6; i++)
        {
            SaveNoise(Path.Combine(images, $"{i}.png"), seed: i);
        }

        Train("--data", Path.GetRelativePath(Environment.CurrentDirectory, images), "--steps", "2");
        Resume("--steps", "4", "--data", images);
        Directory.Move(images, moved);
        Fails($"--data: expected {KindNames.Sets}", "train", "--run", run, "--resume", "latest");
        Resume("--steps", "6", "--data", moved);

        SaveNoise(Path.Combine(moved, "5.png"), seed: 99);
        Fails($"{moved}: expected images and labels of digest", "train", "--run", run, "--resume", "latest", "--steps", "8");
        File.Delete(Path.Combine(moved, "5.png"));
        Fails(
            $"{moved}: expected 6 images, as the run that goes on was started with; got 5.", "train", "--run", run, "--resume",
            "latest", "--steps", "8");
        Fails("shapes: expected images of 8×8×3, as the run", "train", "--run", run, "--resume", "latest", "--data", "shapes");
        SaveNoise(Path.Combine(moved, "5.png"), seed: 5);
        Resume("--steps", "8");
    }

    [Fact]
    public void A_run_of_version_2_without_the_newer_fields_is_used_and_goes_on()
    {
        Train("--steps", "4", "--lr", "1e-3");
        var config = Path.Combine(run, "config.json");
        File.WriteAllText(config, Earlier(File.ReadAllText(config)));
        foreach (var step in Steps())
        {
            CheckpointFiles.Rewrite(PathOf(step), (_, _) => { }, metadata =>
            {
                Assert.True(metadata.Remove("nmse"));
                metadata["config"] = Earlier(metadata["config"]);
            });
        }

        Succeeds("evaluate", "--run", run);
        Succeeds("reconstruct", "--run", run, "--checkpoint", "2", "--input", "shapes", "--output", folder.At("grid.png"));
        Fails($"{run}/checkpoints: expected a checkpoint with the NMSE of a line of metrics", "evaluate", "--run", run,
            "--checkpoint", "best");
        Resume("--steps", "8");
        Succeeds("evaluate", "--run", run, "--checkpoint", "best");
        Assert.Equal(32, JsonNode.Parse(File.ReadAllText(config))!["id"]!.GetValue<string>().Length);

        static string Earlier(string text)
        {
            var tree = JsonNode.Parse(text)!.AsObject();
            Assert.True(tree.Remove("id"));
            Assert.True(tree["run"]!.AsObject().Remove("keep"));
            Assert.True(tree["data"]!.AsObject().Remove("count"));
            Assert.True(tree["data"]!.AsObject().Remove("content"));
            return tree.ToJsonString();
        }
    }

    [Fact]
    public void A_command_that_fails_leaves_what_it_would_have_replaced()
    {
        Train("--steps", "2");
        Succeeds("encode", "--run", run, "--input", "shapes", "--output", folder.At("codes"));
        var picture = folder.At("picture.png");
        File.WriteAllText(picture, "old");
        if (!OperatingSystem.IsWindows() && !Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            Fails(picture, "decode", "--run", run, "--input", folder.At("codes"), "--output", picture);
            Fails(picture, "reconstruct", "--run", run, "--input", "shapes", "--output", picture);
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }

        File.WriteAllText(folder.At("picture.xyz"), "old");
        Fails(folder.At("picture.xyz"), "decode", "--run", run, "--input", folder.At("codes"), "--output",
            folder.At("picture.xyz"));
        Fails(folder.At("picture.xyz"), "reconstruct", "--run", run, "--input", "shapes", "--output", folder.At("picture.xyz"));
        Assert.Equal("old", File.ReadAllText(folder.At("picture.xyz")));
        Assert.Equal("old", File.ReadAllText(picture));
    }

    [Fact]
    public void Runs_are_listed_and_compared()
    {
        var other = folder.At("other");
        Train("--steps", "4");
        Succeeds(["train", "--run", other, "--steps", "2", .. Tiny.Select(text => text == "8" ? "16" : text), "--model",
            "vqvae2"]);
        Directory.CreateDirectory(folder.At("no run"));

        var list = JsonDocument.Parse(Succeeds("runs", "list", folder.Path, "--json")).RootElement;
        Assert.Equal([other, run], list.EnumerateArray().Select(item => item.GetProperty("run").GetString()));
        var item = list[1];
        var last = MetricsLog.Read(Path.Combine(run, "metrics.jsonl"))[^1];
        Assert.Equal((4, 4), (item.GetProperty("step").GetInt32(), item.GetProperty("steps").GetInt32()));
        Assert.Equal(last["nmse"], item.GetProperty("figures").GetProperty("nmse").GetDouble());
        Assert.Equal([2, 4], item.GetProperty("checkpoints").EnumerateArray().Select(step => step.GetInt32()));
        Assert.InRange(item.GetProperty("changed").GetDateTime(), DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(1));

        var table = Succeeds("runs", "list", folder.Path);
        Assert.Matches(@"run +vqvae +shapes +4 of 4 +\d\.\d{4} +\d\.\d{4} +\d+\.\d +2, 4 \(best \d\) +under a minute", table);
        Assert.Matches(@"other +vqvae2 +shapes +2 of 2 .*top \d+\.\d, bottom \d+\.\d", table);

        var comparison = JsonDocument.Parse(Succeeds("runs", "compare", run, other, "--json")).RootElement;
        var differences = comparison.GetProperty("differences");
        Assert.Equal(["8", "16"], differences.GetProperty("model.hidden").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal(["vqvae", "vqvae2"],
            differences.GetProperty("model.kind").EnumerateArray().Select(value => value.GetString()));
        Assert.False(differences.TryGetProperty("id", out _));
        Assert.False(differences.TryGetProperty("run.batch", out _));
        Assert.Matches(@"model\.hidden +8 +16\n", Succeeds("runs", "compare", run, other));

        Fails($"{folder.At("none")}: expected a folder of runs; got no folder of that name.", "runs", "list", folder.At("none"));
        Fails($"{folder.At("none")}: expected the folder of a run", "runs", "compare", run, folder.At("none"));
        Assert.Contains("no runs in ", Succeeds("runs", "list", folder.At("no run")), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(other, "config.json"), "{");
        Assert.Contains(
            $"{other}/config.json: expected the JSON object of a run", Succeeds("runs", "list", folder.Path),
            StringComparison.Ordinal);
    }

    private static void SaveNoise(string path, int seed)
    {
        var pixels = new byte[8 * 8 * 3];
        new Random(seed).NextBytes(pixels);
        ImageFile.Save(path, new DecodedImage(8, 8, 3, pixels));
    }

    private static (int Code, string Output, string Errors) Invoke(string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        console.Profile.Width = 1000;
        return (CommandLine.Run(arguments, console, errors), output.ToString(), errors.ToString());
    }

    private static string Succeeds(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    /// <summary>Ends with 1 and one line, which has the message in it.</summary>
    private static void Fails(string message, params string[] arguments)
    {
        var (code, _, errors) = Invoke(arguments);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal((1, 1), (code, errors.Count(character => character == '\n')));
    }

    private void Train(params string[] arguments) => Succeeds(["train", "--run", run, .. Tiny, .. arguments]);

    private void Resume(params string[] arguments) => Succeeds(["train", "--run", run, "--resume", "latest", .. arguments]);

    private string PathOf(long step) => Path.Combine(run, "checkpoints", $"step-{step:D8}.safetensors");

    private long[] Steps() =>
        [.. CheckpointStore.ForReading(Path.Combine(run, "checkpoints")).List().Select(checkpoint => checkpoint.Step).Order()];
}
