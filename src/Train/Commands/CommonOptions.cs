using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>Options that several commands take.</summary>
internal static class CommonOptions
{
    /// <summary>What is done in a dry run of a step.</summary>
    public const string CountingMemory = "counting memory";

    /// <summary>Of every command.</summary>
    public static Option<int> Threads { get; } = new("--threads")
    {
        Description = "threads of the processor; the results are the same with any number; 0: one per core",
        HelpName = "n",
        DefaultValueFactory = _ => 0,
        Recursive = true,
    };

    public static Option<string> Run(string description) =>
        new Option<string>("--run") { Description = description, Required = true }.CompletesRuns();

    /// <summary>Which checkpoint of the run; null when not given.</summary>
    /// <param name="otherwise">What is taken then.</param>
    public static Option<string?> Checkpoint(string otherwise = CheckpointStore.LatestName) => new("--checkpoint")
    {
        Description = "latest, best (by the figure of the run's --best, of a prior held_nats), a step, or the path of one; "
            + $"{otherwise} when not given",
        HelpName = "latest|best|step|path",
    };

    /// <summary>What was typed, or latest.</summary>
    public static string CheckpointOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? CheckpointStore.LatestName;

    /// <summary>The model of a run.</summary>
    /// <param name="console">Shows that it is read; null for nothing.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="checkpoint">What was typed; null for the latest.</param>
    /// <param name="say">Takes lines about damaged checkpoints; null for the console.</param>
    public static TrainedModel LoadModel(
        IAnsiConsole? console, Device device, string run, string? checkpoint, Action<string>? say = null)
    {
        using var job = device.BeginJob("read the model");
        return WorkProgress.Wait(console, "reading the model", () => TrainedModel.Load(
            device, run, checkpoint ?? CheckpointStore.LatestName, say ?? console!.WriteWhole));
    }

    /// <summary>The prior of a run.</summary>
    /// <param name="console">Shows that it is read; null for nothing.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="run">The prior's folder.</param>
    /// <param name="checkpoint">What was typed; null for the latest.</param>
    /// <param name="priorDevice">Where the prior goes; null for where the model does.</param>
    /// <param name="say">Takes lines about damaged checkpoints; null for the console.</param>
    public static TrainedPrior LoadPrior(
        IAnsiConsole? console, Device device, string run, string? checkpoint, Device? priorDevice = null,
        Action<string>? say = null)
    {
        using var job = device.BeginJob("read the prior");
        return WorkProgress.Wait(console, "reading the prior", () => TrainedPrior.Load(
            device, run, checkpoint ?? CheckpointStore.LatestName, say ?? console!.WriteWhole, priorDevice));
    }

    public static Option<string> Accelerator() => new("--accelerator")
    {
        Description = "auto, cpu, kernels, opencl or cuda; see the command devices",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<bool> NoGraph() => new("--no-graph")
    {
        Description = "on CUDA: launch the kernels of a step one by one, not as one graph; the numbers are the same "
            + "(default: off)",
    };

    /// <summary><c>--trace</c>.</summary>
    /// <param name="what">What is followed.</param>
    public static Option<string?> Trace(string what = "the command does") => new("--trace")
    {
        Description = $"write what {what} and how long it takes, call by call, to a file that ui.perfetto.dev and "
            + "chrome://tracing show; none when not given",
        HelpName = "file.json",
    };

    /// <summary>What was typed as that; null for no trace.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static string? TraceOf(ParseResult parsed, Option<string?> trace)
    {
        if (parsed.GetValue(trace) is not { } path)
        {
            return null;
        }

        OutputFile.Check(trace.Name, path);
        return path;
    }

    /// <summary><c>--trace-steps</c>.</summary>
    public static Option<int?> TraceSteps() => new("--trace-steps")
    {
        Description = $"steps that --trace follows, after {StepTimeline.WarmUp} of the run or this part of it; "
            + $"{TimelineRequest.DefaultSteps} when not given",
        HelpName = "n",
    };

    /// <summary>What was typed as these two; null for no trace.</summary>
    /// <exception cref="RunException">The file cannot be written, there are no steps, or no file.</exception>
    public static TimelineRequest? TraceOf(ParseResult parsed, Option<string?> trace, Option<int?> steps)
    {
        var count = parsed.GetValue(steps);
        if (count < 1)
        {
            throw new RunException(steps.Name, "a whole number of at least 1", $"{count}", "Give another value.");
        }

        if (TraceOf(parsed, trace) is not { } path)
        {
            return count is null ? null : throw new RunException(
                steps.Name, $"the file as {trace.Name}", "none", "Name it, or leave the option out.");
        }

        return new TimelineRequest(path, count ?? TimelineRequest.DefaultSteps);
    }

    public static Option<bool> Json() => new("--json") { Description = "print JSON (default: off)" };

    public static Option<string?> DataRoot() => new("--data-root")
    {
        Description = $"where data sets are found; {DataSetOptions.RootVariable} or data/ when not given",
    };

    public static Option<bool> Download() =>
        new("--download") { Description = "fetch the data set if it is not there, and check it (default: off)" };

    public static Option<string?> Split() => new("--split")
    {
        Description = $"{string.Join(", ", DataSets.SplitNames)}, of those that the data have; {DataSets.Test} when not given, "
            + "or what there is",
        HelpName = string.Join('|', DataSets.SplitNames),
    };

    public static Option<bool> Force() =>
        new("--force") { Description = "go on although the machine has too little free memory (default: off)" };

    public static Option<int> Whole(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => value };

    public static Option<string> Picture() => new("--output")
    {
        Description = "the picture to write: .png, .jpg, .bmp, .gif, .webp or .tif",
        HelpName = "file",
        Required = true,
    };

    /// <summary>The value that was typed.</summary>
    /// <exception cref="RunException">It is below the least, or above the most.</exception>
    public static int Between(int least, int most, Option<int> option, ParseResult parsed)
    {
        var value = parsed.GetValue(option);
        var rule = most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}";
        return value >= least && value <= most
            ? value
            : throw new RunException(option.Name, rule, $"{value}", "Give another value.");
    }

    /// <inheritdoc cref="Between"/>
    public static int AtLeast(int least, Option<int> option, ParseResult parsed) => Between(least, int.MaxValue, option, parsed);

    /// <summary>A record with what was typed, checked.</summary>
    /// <param name="values">The options.</param>
    /// <param name="record">What it is when nothing is typed: their only record.</param>
    /// <param name="parsed">What was typed.</param>
    /// <param name="validate">Refuses values out of their range.</param>
    /// <exception cref="RunException">A text is no value of its property, or is out of its range.</exception>
    public static TRecord Read<TRecord>(
        RecordOptions values, TRecord record, ParseResult parsed, Action<TRecord> validate)
        where TRecord : class
    {
        foreach (var (name, text) in values.TypedOf(parsed))
        {
            RecordOptions.TrySet(record, name, text, kept: null, out record);
        }

        Check(() => validate(record));
        return record;
    }

    /// <summary>Checks options by their own rules.</summary>
    /// <exception cref="RunException">One is out of its range; the message names it as it is typed.</exception>
    public static void Check(Action validate)
    {
        try
        {
            validate();
        }
        catch (OptionException exception)
        {
            throw new RunException($"--{exception.Option}", exception.Rule, exception.Value, "Give another value.", exception);
        }
    }

    /// <summary>Opens the device that <c>--accelerator</c> names, with the threads that <see cref="Threads"/> says.</summary>
    /// <exception cref="RunException">No device has that name, or it cannot be used here.</exception>
    public static Device OpenDevice(ParseResult parsed, string name, DeviceOptions? options = null)
    {
        var threads = Between(0, DeviceOptions.MostThreads, Threads, parsed);
        try
        {
            return Device.Open(name, (options ?? new DeviceOptions()) with { Threads = threads });
        }
        catch (DeviceException exception)
            when (name != "auto" && !Device.List().Any(device => device.Name == name && device.IsUsable))
        {
            var known = Device.List();
            var usable = known.Where(device => device.IsUsable).Select(device => device.Name).ToArray();
            var reason = known.FirstOrDefault(device => device.Name == name)?.Reason;
            var guess = reason is null ? Spelling.DidYouMean(name, ["auto", .. usable]) : "";
            throw new RunException(
                "--accelerator", $"one of auto, {string.Join(", ", usable)}", $"{name}: {reason ?? "no device has that name"}",
                $"{guess} Try: {ProgramName.Hint("devices")}".Trim(), exception);
        }
    }

    /// <summary>Opens a set as the options say. The folders of runs in it are no images.</summary>
    /// <param name="option">What named the set, for the message.</param>
    /// <param name="data">The name of a set, or a folder.</param>
    /// <param name="options">Its part, and how it is read.</param>
    /// <param name="console">Shows how far a download or the decoding of its images is; null for nothing.</param>
    /// <exception cref="RunException">No set has that name, or there are no such parts of any.</exception>
    /// <exception cref="DataException">The set is not there, or damaged.</exception>
    public static ImageDataSet OpenData(string option, string data, DataSetOptions options, IAnsiConsole? console = null)
    {
        CheckName(option, data);
        return WorkProgress.Follow(console, tell =>
        {
            tell($"opening {data}", 0, 0);
            return DataSets.Open(data, options with
            {
                LeaveOut = RunFolder.WhyNoImages,
                Decoded = (done, all) => tell("images decoded", done, all),
                Progress = new DownloadTelling(tell),
            });
        });
    }

    /// <summary>Tells of a download in megabytes.</summary>
    private sealed class DownloadTelling(WorkProgress.Telling tell) : IProgress<DownloadProgress>
    {
        private const long Megabyte = 1_000_000;

        public void Report(DownloadProgress value) =>
            tell($"MB of {value.File}", value.Received / Megabyte, Math.Max(1, value.Length / Megabyte));
    }

    /// <summary>The split that was typed, or that one measures on best: test, else what the set has.</summary>
    /// <param name="option">What named the set, for the message.</param>
    /// <param name="data">The name of a set, or a folder.</param>
    /// <param name="typed">What was typed; null for nothing.</param>
    /// <param name="say">Takes a line where it is not test.</param>
    /// <exception cref="RunException">No set has that name.</exception>
    /// <exception cref="DataException">The folder has two of one split.</exception>
    public static string SplitOf(string option, string data, string? typed, Action<string> say)
    {
        CheckName(option, data);
        if (typed is not null)
        {
            return DataSets.SplitNamed(typed)
                ?? throw Unknown("--split", $"one of {string.Join(", ", DataSets.SplitNames)}", typed, DataSets.SplitNames);
        }

        var splits = DataSets.SplitsOf(data);
        if (splits.Count == 0)
        {
            return DataSets.Train; // the set says that it is all
        }

        string[] order = [DataSets.Test, DataSets.Validation, DataSets.Train, DataSets.Extra];
        var split = order.First(splits.Contains);
        if (split != DataSets.Test)
        {
            say($"{data} has no split {DataSets.Test}: taking {split}");
        }

        return split;
    }

    /// <summary>Tells what there is to know about a set, once.</summary>
    public static void SayNotes(ImageDataSet data, Action<string> say)
    {
        foreach (var note in data.Notes)
        {
            say(note);
        }
    }

    /// <exception cref="DataException">The images do not fit the model.</exception>
    /// <exception cref="RunException">The machine has no room for one of them in the model.</exception>
    public static void CheckFits(ImageDataSet data, Autoencoder model, int? tile = null)
    {
        if (data.Channels != model.Options.Channels)
        {
            throw DataException.Expected(
                data.Name, $"images of {model.Options.Channels} channels, as the model was trained on", $"{data.Channels}");
        }

        CheckRoom(model, data.Height, data.Width, tile);
    }

    /// <exception cref="RunException">The machine has no room for one image of that size in the model.</exception>
    public static void CheckRoom(Autoencoder model, int height, int width, int? tile = null)
    {
        var padded = StridePadding.SizeOf(model.Options, height, width);
        if (model.Options.FixedSize is { } side && padded != (side, side))
        {
            throw new RunException(
                "images", $"at most {side}×{side} pixels, the one size of this model", $"{width}×{height}",
                $"Scale them with --resize {side}x{side}.");
        }

        var largest = tile + 2 * StridePadding.SizeOf(model.Options, model.Reach ?? 0, 0).Height ?? int.MaxValue;
        ImageBatch.CheckFits(
            model, Math.Min(padded.Height, largest), Math.Min(padded.Width, largest), MachineMemory.Free());
    }

    /// <summary><c>--tile</c>.</summary>
    public static Option<int?> Tile() => new("--tile")
    {
        Description = "side of the parts, in pixels, that larger images go through the model in; when not given as many as "
            + "memory allows, where parts give what the whole does, else whole images",
        HelpName = "n",
    };

    /// <summary>What was typed as that, in whole strides; null for nothing.</summary>
    /// <exception cref="RunException">It is too small for the model, or the model takes no parts.</exception>
    public static int? TileOf(ParseResult parsed, Option<int?> option, Autoencoder model)
    {
        var (typed, step) = (parsed.GetValue(option), model.Options.Downsampling);
        if (typed is null)
        {
            return null;
        }

        if (typed < 4 * step)
        {
            throw new RunException(
                option.Name, $"at least {4 * step} pixels, four times the strides of this model", $"{typed}",
                "Give another value.");
        }

        // Codes of a scale that is the same for all sizes are of the whole image.
        var form = LatentForm.Of(model);
        return form.Layouts(4 * step, 4 * step).Zip(form.Layouts(8 * step, 8 * step))
            .All(pair => pair.Second.Height == 2 * pair.First.Height)
            ? typed / step * step
            : throw new RunException(
                option.Name, "a model whose grids grow with the image", $"{model.Options.Family}, whose do not",
                "Leave the option out.");
    }

    /// <summary>What refuses images that the model's strides do not divide.</summary>
    /// <param name="data">The set's name.</param>
    /// <param name="model">The model's options.</param>
    public static Action<int, int> SizeCheck(string data, AutoencoderOptions model) => (height, width) =>
    {
        var step = model.Downsampling;
        if (model.FixedSize is { } side && (height, width) != (side, side))
        {
            throw DataException.Expected(
                data, $"images of {side}×{side} pixels, the one size of this model", $"{width}×{height} pixels",
                $"Scale them with --resize {side}x{side}.");
        }

        if (height % step == 0 && width % step == 0)
        {
            return;
        }

        var (w, h) = (width / step * step, height / step * step);
        var larger = StridePadding.SizeOf(model, height, width);
        var scale = $"--resize {larger.Width}x{larger.Height}";
        throw DataException.Expected(
            data, $"images whose sides {step} divides, as the model's strides need", $"{width}×{height} pixels",
            w > 0 && h > 0 ? $"Cut them with --crop {w}x{h}, or scale them with {scale}." : $"Scale them with {scale}.");
    };

    private static void CheckName(string option, string data)
    {
        if (!DataSets.Names.Contains(data) && !Directory.Exists(data))
        {
            var file = option == "--data" ? "" : ", or an image file";
            throw Unknown(option, $"{string.Join(", ", DataSets.Names)} or a folder of images{file}", data, DataSets.Names);
        }

        if (!DataSets.Names.Contains(data) && RunFolder.WhyNoImages(data) is { } reason)
        {
            throw new RunException(option, "a folder of images", $"{data}, {reason}", "Name the folder of its images.");
        }
    }

    private static RunException Unknown(string option, string rule, string got, IEnumerable<string> known) =>
        new(option, rule, $"'{got}', which is none of them", Spelling.DidYouMean(got, known) is { Length: > 0 } guess
            ? guess : "Check the spelling and the path.");
}
