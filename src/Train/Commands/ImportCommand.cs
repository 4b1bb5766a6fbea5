using System.CommandLine;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using IlgpuVq.Train.Weights;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>import</c>: a run whose model has the weights of a file of another program.</summary>
internal static class ImportCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions();
        var input = new Option<string>("--input")
        {
            Description = "the weights: safetensors, .pt, .pth, or the folder of a model of diffusers",
            HelpName = "file|folder",
            Required = true,
        };
        var run = CommonOptions.Run("the new run's folder");
        var prefix = new Option<string?>("--prefix")
        {
            Description = "what stands before the model's keys in the file, such as model or ema.module; found when not given",
            HelpName = "name",
        };
        var download = CommonOptions.Download();
        var command = new Command("import", "Makes a run of another program's weights; --data is opened when given.")
        {
            input, run, prefix, download,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(run)!;
            RunFolder.RefuseRun(path);
            CheckKind(input.Name, parsed.GetValue(input)!);
            using var weights = WorkProgress.Wait(
                console, "reading the file", () => WeightInput.Open(parsed.GetValue(input)!));
            var found = WeightRecognition.Of(weights, options.Chosen(parsed), DottedPrefix(parsed.GetValue(prefix)));
            var config = options.Apply(parsed, resumed: null, found.Config);
            config.CheckOptions();
            config = WithData(config, options.IsTyped(parsed, "--data"), parsed.GetValue(download), console) with
            {
                Id = Guid.NewGuid().ToString("N"),
            };
            using var device = CommonOptions.OpenDevice(parsed, config.Run.Accelerator);
            using var view = WeightRecognition.View(weights, found.Prefix);
            WorkProgress.Wait(console, "importing the weights", () =>
            {
                WeightImport.Check(view, weights.Path, config.Model, device);
                Save(config, device, view, weights.Path, path);
                return true;
            });
            Say(console, found, view, weights, path);
            return 0;
        });
        return command;
    }

    /// <summary>The checkpoint first: until it is there, the folder holds no run.</summary>
    private static void Save(RunConfig config, Device device, TensorView view, string file, string path)
    {
        using var state = new TrainingState(device, Drawable(config));
        WeightImport.Load(view, file, state.Model);
        state.RestartAverages();
        using var folder = RunFolder.OpenForWriting(path);
        RunFolder.RefuseRun(folder.Location); // one that came since
        state.Save(folder.OpenCheckpoints(config.Run.Keep), config);
        folder.WriteConfig(config);
    }

    /// <summary>A state is made for images of some size, of which nothing is saved: where there are none yet, of the
    /// smallest.</summary>
    private static RunConfig Drawable(RunConfig config) => config.Data.IsKnown ? config : config with
    {
        Run = config.Run with { Batch = 1 },
        Data = config.Data with { Height = config.Model.Downsampling, Width = config.Model.Downsampling, Variance = 1 },
    };

    private static RunConfig WithData(RunConfig config, bool isTyped, bool download, IAnsiConsole console)
    {
        if (!isTyped)
        {
            return config with { Data = config.Data with { Channels = config.Model.Channels } };
        }

        var data = CommonOptions.OpenData(
            "--data", config.Data.Name,
            config.Data.ToTrainingOptions(download) with
            {
                DecodedAtOpening = int.MaxValue,
                CheckSize = CommonOptions.SizeCheck(config.Data.Name, config.Model),
            },
            console);
        var known = WorkProgress.Wait(console, TrainCommand.LookingAtImages, () => DataContent.Describe(config.Data, data));
        DataContent.CheckSame(new DataOptions { Channels = config.Model.Channels }, known);
        return config with { Data = known };
    }

    private static string? DottedPrefix(string? typed) => typed is null or "" ? typed : typed.TrimEnd('.') + ".";

    private static void CheckKind(string option, string path)
    {
        if (!Directory.Exists(path) && OutputFile.KindOf(path) is { } kind)
        {
            throw new RunException(option, "a file or folder of weights", $"{path}, {kind}", "Choose another path.");
        }
    }

    private static void Say(
        IAnsiConsole console, WeightRecognition found, TensorView view, WeightInput weights, string path)
    {
        var others = weights.File.Tensors.Count - view.Tensors.Count;
        var below = found.Prefix.Length == 0 ? "" : $" below {found.Prefix.TrimEnd('.')}";
        console.WriteWhole(
            $"imported {view.Tensors.Count} tensors{below} of {weights.Path} as {found.Preset}"
                + (others > 0 ? $"; {others} others were left out" : ""));
        var next = ProgramName.Hint("reconstruct", "--run", path, "--input", "photo.png", "--output", "grid.png");
        console.WriteWhole($"next: {next}");
    }
}
