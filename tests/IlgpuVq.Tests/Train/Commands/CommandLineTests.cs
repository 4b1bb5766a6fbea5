using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Data;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>The program as its user meets it: exit codes, messages, files.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_evaluate_reconstruct_encode_and_decode_work_on_one_run()
    {
        var run = folder.At("run");
        var (code, output, errors) = Invoke(["train", "--steps", "6", "--run", run, .. Tiny]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(
            $"next: {ProgramName.Current} evaluate --run {run} --data shapes\n", output, StringComparison.Ordinal);

        Assert.Equal(0, Invoke(["evaluate", "--run", run, "--batch", "500"]).Code);
        Assert.True(File.Exists(Path.Combine(run, "evaluate-test.json")));
        Assert.Equal(
            ["codebook-test.svg", "codes-test.svg"],
            Directory.GetFiles(run, "*.svg").Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var (grid, codes, one, again) = (folder.At("grid.png"), folder.At("codes.safetensors"), folder.At("one.png"),
            folder.At("again.png"));
        Assert.Equal(0, Invoke(["reconstruct", "--run", run, "--input", "shapes", "--output", grid]).Code);
        Assert.Equal((3 * (8 * 34 + 2), 3 * (8 * 34 + 2) + 15), Size(grid));
        SaveNoise(one, width: 48, height: 20);
        Assert.Equal(0, Invoke(["encode", "--run", run, "--input", one, "--output", codes]).Code);
        Assert.Equal(0, Invoke(["decode", "--run", run, "--input", codes, "--output", again]).Code);
        Assert.Equal((48, 20), Size(again));
        Assert.InRange(new FileInfo(codes).Length, 1, 48 * 20 * 3 / 4);
    }

    [Fact]
    public void A_run_of_the_other_kinds_is_resumed_with_their_own_options_encoded_and_decoded()
    {
        var (run, codes, images) = (folder.At("run"), folder.At("codes.safetensors"), folder.At("images.png"));
        Assert.Equal(
            (0, ""),
            Failure(
                ["train", "--steps", "3", "--run", run, "--model", "vqvae2", "--quantizer", "fsq", "--levels", "4,3",
                    "--optimizer", "adamw",
                    "--hidden", "8", "--residual-hidden", "4", "--batch", "4", "--log-every", "2", "--init", "torch"]));
        string[] resume = ["train", "--run", run, "--resume", "latest"];
        Assert.Equal((0, ""), Failure([.. resume, "--steps", "5", "--levels", "4,3", "--weight-decay", "0.5"]));
        AssertFails("--levels: expected 4,3, as the run that goes on was started with; got 5,3.", [.. resume, "--levels", "5,3"]);
        AssertFails("--preset: expected none for a run that goes on", [.. resume, "--preset", "zalando"]);
        AssertFails("--resume: expected the run's folder as --run; got none.", "train", "--resume", "latest");

        Assert.Equal((0, ""), Failure(["evaluate", "--run", run]));
        string[] plots = ["codebook-test-bottom", "codebook-test-top", "codes-test-bottom", "codes-test-top"];
        Assert.Equal(
            plots, Directory.GetFiles(run, "*.svg").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.All(plots, plot => Assert.Equal("svg", XDocument.Load(Path.Combine(run, $"{plot}.svg")).Root!.Name.LocalName));
        var grids = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json")))
            .RootElement.GetProperty("grids");
        Assert.Equal(["top", "bottom"], grids.EnumerateArray().Select(grid => grid.GetProperty("name").GetString()));
        Assert.Equal((0, ""), Failure(["encode", "--run", run, "--input", "shapes", "--output", codes]));
        Assert.Equal((0, ""), Failure(["decode", "--run", run, "--input", codes, "--output", images]));
        Assert.Equal((3 * (8 * 34 + 2), 3 * (8 * 34 + 2)), Size(images));

        static (int, string) Failure(string[] arguments)
        {
            var (code, _, errors) = Invoke(arguments);
            return (code, errors);
        }
    }

    [Fact]
    public void Codes_of_the_earlier_format_decode_to_the_same_picture()
    {
        var (run, codes, old) = (folder.At("run"), folder.At("codes.safetensors"), folder.At("codes.ivq"));
        Assert.Equal(0, Invoke(["train", "--steps", "2", "--run", run, .. Tiny]).Code);
        Assert.Equal(0, Invoke(["encode", "--run", run, "--input", "shapes", "--output", codes]).Code);
        using (var store = CodeStore.Open(codes))
        {
            var (header, layout) = (store.Header, store.Header.Layouts[0]);
            CodeFile.Write(
                old,
                new CodeFileHeader(
                    header.Images, layout.Height, layout.Width, layout.CodebookSizes[0], header.Channels, header.Height,
                    header.Width,
                    header.ModelHash),
                writer =>
                {
                    for (var image = 0; image < header.Images; image++)
                    {
                        writer.Write(store.ReadImage(0, image));
                    }
                });
        }

        Assert.Equal(0, Invoke(["decode", "--run", run, "--input", codes, "--output", folder.At("new.png")]).Code);
        Assert.Equal(0, Invoke(["decode", "--run", run, "--input", old, "--output", folder.At("old.png")]).Code);
        Assert.Equal(File.ReadAllBytes(folder.At("new.png")), File.ReadAllBytes(folder.At("old.png")));
    }

    [Fact]
    public void Bench_prints_a_steps_figures()
    {
        var (code, step, errors) = Invoke(
            ["bench", "--batch", "2", "--hidden", "8", "--steps", "3", "--accelerator", "cpu", "--json"]);
        Assert.Equal((0, ""), (code, errors));
        var figures = JsonDocument.Parse(step).RootElement;
        Assert.All(
            ["ms_median", "ms_min", "cpu_ms", "images_per_s", "parameters", "peak_rss_mb", "threads"],
            name => Assert.True(figures.GetProperty(name).GetDouble() > 0, name));

        AssertFails("--model: expected vqvae or vqvae2; got 'foo'. Choose one that this program has.", "bench", "--model", "foo");
        AssertFails("--image: expected a whole number of at least 1; got 0.", "bench", "--image", "0");
        AssertFails("--warmup: expected a whole number of at least 0; got -1.", "bench", "--warmup", "-1");
    }

    [Fact]
    public void Bench_times_the_model_that_the_options_of_train_choose()
    {
        foreach (var family in ModelFamilies.All)
        {
            foreach (var quantizer in QuantizerKinds.All)
            {
                string[] options = [
                    "--model", family.Name, "--quantizer", quantizer.Name, "--optimizer", "adamw", "--hidden", "8"];
                var figures = Bench([.. options, "--steps", "1"]);
                var named = (Name(figures, "model"), Name(figures, "quantizer"), Name(figures, "optimizer"));
                Assert.Equal((family.Name, quantizer.Name, "adamw"), named);

                // What train makes of the same options.
                var config = ConfigOf(options);
                using var device = Device.Open("cpu");
                using var model = TrainedModel.Build(device, config);
                Assert.Equal((family.Name, quantizer.Name),
                    (config.Model.Family, QuantizerKinds.All.NameOf(ConfigOptions.QuantizerOf(config.Model)!)));
                Assert.Equal(
                    model.Parameters.Sum(parameter => (long)parameter.Value.Size), figures.GetProperty("parameters").GetInt64());
            }
        }

        // A preset gives the model, but bench counts its own steps.
        var preset = Bench(["--preset", "rosinality", "--hidden", "8"]);
        Assert.Equal(("vqvae2", 20), (Name(preset, "model"), preset.GetProperty("steps").GetInt32()));

        static string? Name(JsonElement figures, string property) => figures.GetProperty(property).GetString();

        static JsonElement Bench(string[] options)
        {
            var (code, output, errors) = Invoke(
                ["bench", .. options, "--batch", "1", "--warmup", "0", "--accelerator", "cpu", "--json"]);
            Assert.Equal((0, ""), (code, errors));
            return JsonDocument.Parse(output).RootElement;
        }

        static RunConfig ConfigOf(string[] typed)
        {
            var options = new ConfigOptions();
            var command = new Command("train");
            foreach (var option in options.All)
            {
                command.Options.Add(option);
            }

            return options.Apply(command.Parse(typed), resumed: null);
        }
    }

    [Fact]
    public void A_run_is_not_overwritten_but_goes_on_with_resume()
    {
        var run = folder.At("run");
        Assert.Equal(0, Invoke(["train", "--steps", "4", "--run", run, .. Tiny]).Code);

        AssertFails($"{run}: expected a folder without a run; got one that holds a run.", "train", "--steps", "8", "--run", run);
        AssertFails("--hidden: expected 8, as the run that goes on was started with; got 16.", "train", "--run", run, "--resume",
            "latest", "--hidden", "16");
        Assert.Equal(0, Invoke(["train", "--steps", "8", "--run", run, "--resume", "latest"]).Code);
        Assert.Equal([2, 4, 6, 8], MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Select(line => line.Step));
    }

    [Theory]
    [InlineData("--data: expected shapes, mnist, fashion-mnist, cifar10 or a folder of images; got 'nothing', which is none of",
        "--data", "nothing")]
    [InlineData("--data: expected shapes, mnist, fashion-mnist, cifar10 or a folder of images; got 'cifar', which is none of "
        + "them. Did you mean cifar10?", "--data", "cifar")]
    [InlineData("--model: expected vqvae or vqvae2; got 'gan'.", "--model", "gan")]
    [InlineData("--batch: expected a whole number of at least 1; got 0.", "--batch", "0")]
    [InlineData("--codes: expected a whole number of at least 1; got 0.", "--codes", "0")]
    [InlineData("--hidden: expected an even number of channels; got 7.", "--hidden", "7")]
    [InlineData("--lr: expected a finite number above 0; got 0.", "--lr", "0")]
    [InlineData("--batch: expected 1 to 20000, the number of images", "--batch", "20001")]
    public void Wrong_options_of_train_are_one_line_and_leave_no_folder(string message, string option, string value)
    {
        AssertFails(message, "train", "--run", folder.At("run"), option, value);

        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Theory]
    [InlineData("warp", "no device has that name. Try: ")]
    [InlineData("opencl:99", "no device has that name. ")]
    [InlineData("opncl:1", "no device has that name. ")]
    [InlineData("cuda", "")]
    public void An_accelerator_that_cannot_be_used_is_one_line_with_the_reason(string name, string reason)
    {
        var usable = string.Join(", ", Device.List().Where(device => device.IsUsable).Select(device => device.Name));

        AssertFails(
            $"--accelerator: expected one of auto, {usable}; got {name}: {reason}", "train", "--run", folder.At("run"),
            "--accelerator", name);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void Devices_lists_each_with_what_it_is_or_why_it_cannot_be_used()
    {
        var (code, output, _) = Invoke(["devices"]);

        Assert.Equal(0, code);
        Assert.All(Device.List(), device =>
        {
            Assert.Contains(device.Description, output, StringComparison.Ordinal);
            Assert.Contains(device.Reason, output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("--batch: expected a whole number; got 'x'. Give another value.", "--batch", "x")]
    [InlineData("--codebook: expected ema or gradient; got 'none'. Give another value.", "--codebook", "none")]
    [InlineData("--codebook: expected ema or gradient; got 'gradeint'. Did you mean gradient?", "--codebook", "gradeint")]
    [InlineData("--model: expected vqvae or vqvae2; got 'VQVAE'. Did you mean vqvae?", "--model", "VQVAE")]
    [InlineData(
        "--preset: expected deepmind, zalando, rosinality, vqgan; got 'deepmid'. Did you mean deepmind?", "--preset", "deepmid")]
    [InlineData("--stesp: expected an option of train; got an unknown one. Did you mean --steps? See: ", "--stesp", "3")]
    [InlineData("--frobnicate: expected an option of train; got an unknown one. See: ", "--frobnicate", "1")]
    public void What_cannot_be_parsed_is_one_line(string message, string option, string value) =>
        AssertFails(message, "train", option, value);

    [Fact]
    public void Images_that_four_does_not_divide_are_refused()
    {
        var images = Directory.CreateDirectory(folder.At("images")).FullName;
        foreach (var name in new[] { "a", "b" })
        {
            SaveNoise(Path.Combine(images, name + ".png"), width: 10, height: 12);
        }

        AssertFails(
            $"{images}: expected images whose sides 4 divides, as the model's strides need; got 10×12 pixels. Cut "
                + "them with --crop 8x12, or scale them with --resize 12x12.",
            "train", "--data", images, "--batch", "2", "--run", folder.At("run"));
    }

    [Fact]
    public void Pictures_are_of_training_images_where_there_is_no_test_set_but_a_damaged_one_is_refused()
    {
        var root = folder.At("data");
        var cifar = Directory.CreateDirectory(Path.Combine(root, "cifar10")).FullName;
        File.WriteAllBytes(Path.Combine(cifar, "data_batch_1.bin"), DataFiles.Cifar(1, 2, 3, 4, 5, 6, 7, 8));
        string[] train = ["train", "--data", "cifar10", "--data-root", root, "--steps", "1", .. Tiny];
        Assert.Equal(0, Invoke([.. train, "--run", folder.At("without")]).Code);

        var test = Path.Combine(cifar, "test_batch.bin");
        File.WriteAllBytes(test, [.. DataFiles.Cifar(1, 2), 0]);
        AssertFails($"{test}: expected records of 3073 bytes; got 6147 bytes.", [.. train, "--run", folder.At("damaged")]);
        File.WriteAllBytes(test, DataFiles.Cifar(1, 200));
        AssertFails($"{test}: expected labels from 0 to 9; got 200 in record 1.", [.. train, "--run", folder.At("damaged")]);
        Assert.False(Directory.Exists(folder.At("damaged")));
        File.WriteAllBytes(test, DataFiles.Cifar(1, 2));
        Assert.Equal(0, Invoke([.. train, "--run", folder.At("whole")]).Code);
    }

    /// <summary>The library names its own settings; here these are options.</summary>
    [Fact]
    public void Errors_of_data_name_the_options_that_mend_them()
    {
        var (root, run) = (Directory.CreateDirectory(folder.At("data")).FullName, folder.At("run"));
        string[] train = ["train", "--run", run, "--data-root", root, .. Tiny];
        var (raw, own) = (Path.Combine(root, "MNIST", "raw"), Path.Combine(root, "mnist"));
        var rule = "mnist: expected train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz) in one of "
            + $"{raw}, {own}, {Path.Combine(root, "")}; got";
        const string advice = "Name their folder with --data-root, or fetch them with --download.";
        AssertFailsWith($"{rule} none. {advice}", [.. train, "--data", "mnist"]);
        Directory.CreateDirectory(own);
        var images = Path.Combine(own, "train-images-idx3-ubyte");
        File.WriteAllBytes(images, DataFiles.IdxImages(2)[..^1]);
        AssertFailsWith($"{rule} only {images}. {advice}", [.. train, "--data", "mnist"]);
        File.WriteAllBytes(Path.Combine(own, "train-labels-idx1-ubyte"), DataFiles.IdxLabels(1, 2));
        AssertFailsWith(
            $"{images}: expected 12 more bytes; got 11, then the end. Delete the file and fetch it anew: --download.",
            [.. train, "--data", "mnist"]);

        var file = Path.Combine(root, "file");
        File.WriteAllBytes(file, [1]);
        var (code, _, errors) = Invoke(["train", "--run", run, "--data", "mnist", "--data-root", file, "--download", .. Tiny]);
        Assert.Equal(1, code);
        Assert.StartsWith($"{Path.Combine(file, "MNIST", "raw")}: expected a folder to download to; got ", errors,
            StringComparison.Ordinal);
        Assert.EndsWith(" Check its permissions and the free space, or choose another --data-root.", errors.TrimEnd(),
            StringComparison.Ordinal);

        AssertFailsWith(
            "--batch: expected 1 to 20000, the number of images; got 20001.", "train", "--run", run, "--batch", "20001");
        AssertFailsWith(
            "--data: expected shapes, mnist, fashion-mnist, cifar10 or a folder of images; got 'nothing', which is none of "
                + "them. Check the spelling and the path.",
            [.. train, "--data", "nothing"]);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void Wrong_images_and_splits_of_a_trained_run_are_one_line()
    {
        var (run, output, photo) = (folder.At("run"), folder.At("out.png"), folder.At("photo.png"));
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        AssertFailsWith(
            "--split: expected one of train, test, val, extra; got 'dev', which is none of them. Check the spelling and the "
                + "path.",
            "evaluate", "--run", run, "--split", "dev");
        AssertFailsWith(
            "shapes: expected a split that it has, train or test; got val.", "evaluate", "--run", run, "--split", "val");
        AssertFailsWith(
            "--input: expected shapes, mnist, fashion-mnist, cifar10 or a folder of images, or an image file; got "
                + $"'{photo}', which is none of them. Check the spelling and the path.",
            "reconstruct", "--run", run, "--input", photo, "--output", output);

        SaveNoise(photo, width: 16, height: 16);
        File.WriteAllBytes(photo, File.ReadAllBytes(photo)[..100]);
        AssertFailsWith(
            $"{photo}: expected a PNG file that ends with IEND; got its end in or after IDAT. The file is damaged.",
            "encode", "--run", run, "--input", photo, "--output", output);
    }

    [Fact]
    public void A_damaged_checkpoint_and_one_of_another_model_are_refused()
    {
        var (a, b) = (folder.At("a"), folder.At("b"));
        Assert.Equal(0, Invoke(["train", "--steps", "2", "--run", a, .. Tiny]).Code);
        Assert.Equal(0, Invoke(["train", "--steps", "2", "--run", b, .. Tiny, "--residual-layers", "1"]).Code);
        var checkpoint = Path.Combine(a, "checkpoints", "step-00000002.safetensors");

        File.Copy(Path.Combine(b, "checkpoints", "step-00000002.safetensors"), checkpoint, overwrite: true);
        AssertFails($"{checkpoint}: expected a checkpoint of the run {a}; got one of another run.", "evaluate", "--run", a);
        CheckpointFiles.Rewrite(checkpoint, (_, _) => { }, metadata => metadata.Remove("config"));
        AssertFails($"{checkpoint}: expected tensor _encoder._residual_stack._layers.1._block.1.weight", "evaluate", "--run", a);

        var bytes = File.ReadAllBytes(checkpoint);
        bytes[^100] ^= 1;
        File.WriteAllBytes(checkpoint, bytes);
        AssertFails("", "evaluate", "--run", a);
        AssertFails("", "train", "--run", a, "--resume", "latest");
        Assert.Equal(bytes, File.ReadAllBytes(checkpoint));
    }

    [Fact]
    public void A_run_that_is_not_there_and_codes_of_another_model_are_refused()
    {
        AssertFails($"{folder.At("none")}: expected the folder of a run; got no folder of that name.", "evaluate", "--run",
            folder.At("none"));
        var (a, b, codes) = (folder.At("a"), folder.At("b"), folder.At("codes.safetensors"));
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", a, .. Tiny]).Code);
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", b, "--seed", "9", .. Tiny]).Code);
        Assert.Equal(0, Invoke(["encode", "--run", a, "--input", "shapes", "--output", codes]).Code);

        AssertFails(
            $"{codes}: expected codes of a model that {b} still has, that of step 1; got those of ", "decode", "--run", b,
            "--input", codes, "--output", folder.At("x.png"));
        AssertFails($"{a}: expected", "decode", "--run", a, "--input", a, "--output", folder.At("x.png"));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    public async Task A_signal_saves_a_checkpoint_and_exits_with_its_code(string signal, int expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals are sent with kill(1)");
        var run = folder.At("run");
        using var process = Start(["train", "--steps", "1000000", "--run", run, .. Tiny]);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line is not null && !line.StartsWith("step ", StringComparison.Ordinal))
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        var rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, process.ExitCode);
        Assert.Contains($"train --run {run} --resume latest", rest, StringComparison.Ordinal);
        using var reading = RunFolder.OpenForReading(run);
        Assert.True(reading.OpenCheckpoints().Latest()!.Step > 0);
    }

    private static (int Width, int Height) Size(string path)
    {
        var header = ImageFile.ReadHeader(path);
        return (header.Width, header.Height);
    }

    private static void SaveNoise(string path, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        ImageFile.Save(path, new DecodedImage(width, height, 3, pixels));
    }

    private static Process Start(string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
    }

    private static void AssertFailsWith(string line, params string[] arguments) =>
        Assert.Equal((1, line), (Invoke(arguments) is var (code, _, errors) ? (code, errors.TrimEnd()) : default));
}
