using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Metrics;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>train</c>: from options to a trained model in a run folder.</summary>
internal static class TrainCommand
{
    internal const string DefaultRuns = "runs";

    /// <summary>What is done when a set is read for its variance and digest.</summary>
    internal const string LookingAtImages = "looking at the images";

    /// <summary>Which images the sample pictures are of, the best first.</summary>
    private static readonly string[] HeldSplits = [DataSets.Test, DataSets.Validation];

    /// <summary>Which images settings are chosen by, the best first.</summary>
    private static readonly string[] ValidationSplits = [DataSets.Validation, DataSets.Test];

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions();
        var run = new Option<string?>("--run")
        {
            Description = $"the run's folder; a new one under {DefaultRuns}/ when not given",
        }.CompletesRuns();
        var resume = ResumeOption();
        var discard = DiscardOption();
        var download = CommonOptions.Download();
        var force = CommonOptions.Force();
        var noGraph = CommonOptions.NoGraph();
        var (trace, traceSteps) = (CommonOptions.Trace("some steps do"), CommonOptions.TraceSteps());
        var command = new Command("train", "Trains a model; without options, on shapes that the program draws.");
        foreach (var option in options.All.Concat([run, resume, discard, download, force, noGraph, trace, traceSteps]))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Run(
            parsed, console, resumed => options.Apply(parsed, resumed), parsed.GetValue(run),
            parsed.GetValue(resume) is { } which ? new Resumption(which, parsed.GetValue(discard)) : null,
            new Flags(
                parsed.GetValue(download), parsed.GetValue(force), UseGraphs: !parsed.GetValue(noGraph),
                CommonOptions.TraceOf(parsed, trace, traceSteps))));
        return command;
    }

    public static Option<string?> ResumeOption() => new("--resume")
    {
        Description =
            "go on from a checkpoint of --run: latest, best (by the figure of the run's --best, of a prior held_nats), a step, "
            + "or the path of one; a new run begins when not given",
        HelpName = "latest|best|step|path",
    };

    public static Option<bool> DiscardOption() => new("--discard-later")
    {
        Description = "with --resume from an earlier checkpoint: remove the later ones, which would mix with what comes now "
            + "(default: off)",
    };

    private static int Run(
        ParseResult parsed, IAnsiConsole console, Func<RunConfig?, RunConfig> configure, string? path, Resumption? resume,
        Flags flags)
    {
        var previous = resume is null ? null : ReadConfig(
            path ?? throw new RunException("--resume", "the run's folder as --run", "none", "Name it."), console.WriteWhole);
        if (previous?.Task is PriorTaskOptions)
        {
            throw new RunException(
                "--run", "the run of a model", $"{path}, the run of a prior",
                $"Go on with it: {ProgramName.Hint("train-prior", "--run", path!, "--resume", resume!.Which)}");
        }

        var config = configure(previous);
        config.CheckOptions();
        if (resume is null && path is not null)
        {
            RunFolder.RefuseRun(path);
        }

        RefuseImages(path, config.Data.Name);
        using var signals = new StopSignals();
        using var device = CommonOptions.OpenDevice(
            parsed, config.Run.Accelerator, new DeviceOptions(UseGraphs: flags.UseGraphs, Precision: config.Run.Precision));
        (config, var train) = OpenTraining(config, flags.Download, previous, console);
        var held = OpenHeld(config, flags.Download, console) ?? train;
        var validation = OpenValidation(config, flags.Download, console);
        var memory = WorkProgress.Wait(console, CommonOptions.CountingMemory, () => StepMemory.Of(config));
        memory.Layers?.ToTable().Show(console);
        console.WriteWhole(memory.Describe(device));
        if (!flags.Force)
        {
            memory.CheckFits(device);
        }

        return TrainingSession.Run(console, signals, device, config, new TrainingPlace(path, NewRunPath(config), resume), files =>
        {
            console.WriteWhole(
                $"training {config.Model.Family} on {config.Data.Name} ({train.Count} images of "
                    + $"{train.Width}×{train.Height}×{train.Channels}), {device.Name}: {device.Description}");
            CommonOptions.SayNotes(train, console.WriteWhole);
            if (held != train)
            {
                CommonOptions.SayNotes(held, console.WriteWhole);
            }

            if (validation is not null)
            {
                CommonOptions.SayNotes(validation, console.WriteWhole);
                console.WriteWhole($"validations on {validation.Name}, {validation.Split}");
            }

            return files with { Train = train, Held = held, Validation = validation };
        }, flags.Trace);
    }

    /// <summary>What was asked for beyond the config.</summary>
    private sealed record Flags(bool Download, bool Force, bool UseGraphs, TimelineRequest? Trace);

    private static RunConfig ReadConfig(string path, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(path);
        return folder.ReadConfig(report);
    }

    /// <summary>Opens the images to train on.</summary>
    /// <param name="config">What is asked for.</param>
    /// <param name="download">Whether to fetch them.</param>
    /// <param name="previous">The config of the run that goes on, whose images they must be; null for a new one.</param>
    /// <param name="console">Shows how far it is.</param>
    /// <returns>The config that knows them, and the images.</returns>
    /// <exception cref="DataException">They are not there, are others, do not fit the model, or are too few for a
    /// batch.</exception>
    public static (RunConfig Config, ImageDataSet Train) OpenTraining(
        RunConfig config, bool download, RunConfig? previous, IAnsiConsole console)
    {
        var train = CommonOptions.OpenData(
            "--data", config.Data.Name,
            config.Data.ToTrainingOptions(download) with
            {
                DecodedAtOpening = int.MaxValue,
                CheckSize = CommonOptions.SizeCheck(config.Data.Name, config.Model),
            },
            console);
        config = WorkProgress.Wait(console, LookingAtImages, () => WithData(config, train, previous)).WithScheduleOverRun();

        // Refuses a batch that the set cannot fill, before anything is written.
        _ = new DataOrder(train.Count, config.Run.ImagesPerStep, config.Run.Seed);
        return (config, train);
    }

    private static RunConfig WithData(RunConfig config, ImageDataSet train, RunConfig? previous)
    {
        var data = DataContent.Describe(config.Data, train);
        if (previous is not null)
        {
            DataContent.CheckSame(previous.Data, data);
        }

        return config with
        {
            Id = previous?.Id ?? Guid.NewGuid().ToString("N"),
            Data = data,
            Model = config.Model with { Channels = train.Channels },
        };
    }

    /// <summary>Images for the sample pictures that are not trained on, where the set has some of the same kind.</summary>
    public static ImageDataSet? OpenHeld(RunConfig config, bool download, IAnsiConsole console) =>
        OpenOther(config, download, HeldSplits, Reconstructions.DefaultCount, console);

    /// <summary>The images of validations; null for a run without.</summary>
    /// <exception cref="RunException">There are none, or they are too small for what the best checkpoint is chosen
    /// by.</exception>
    private static ImageDataSet? OpenValidation(RunConfig config, bool download, IAnsiConsole console)
    {
        if (config.Task is not ReconstructionOptions { ValidateEvery: > 0 } task)
        {
            return null;
        }

        var data = config.Data;
        const int least = StructuralSimilarity.LeastSide;
        if (task.Best == BestFigure.Ssim && Math.Min(data.Height, data.Width) < least)
        {
            throw new RunException(
                "--best", $"images of at least {least}×{least} pixels for ssim", $"{data.Width}×{data.Height}",
                "Choose the best by another figure.");
        }

        return OpenOther(
                config, download, ValidationSplits, task.ValidateImages > 0 ? task.ValidateImages : int.MaxValue, console)
            ?? throw new RunException(
                "--validate-every", "data with a split val or test, of images of one size with those to train on",
                $"{data.Name}, which has none", "Add one, as a folder val beside the folder train, or leave the option out.");
    }

    /// <summary>The first split of some that the set has, as far as its images are of the same kind.</summary>
    private static ImageDataSet? OpenOther(
        RunConfig config, bool download, string[] wanted, int decoded, IAnsiConsole console)
    {
        var splits = DataSets.SplitsOf(config.Data.Name);
        if (wanted.FirstOrDefault(splits.Contains) is not { } split)
        {
            return null;
        }

        try
        {
            var held = CommonOptions.OpenData("--data", config.Data.Name, config.Data.ToSetOptions(split, download) with
            {
                Channels = config.Data.Channels,
                DecodedAtOpening = decoded,
            }, console);
            var data = config.Data;
            return (held.Channels, held.Height, held.Width) == (data.Channels, data.Height, data.Width) ? held : null;
        }
        catch (DataException exception) when (exception.IsAbsent)
        {
            // The pictures of a set without another split are of its training images.
            return null;
        }
    }

    /// <exception cref="RunException">The run is to lie right among its images, which its own pictures would join.</exception>
    private static void RefuseImages(string? path, string data)
    {
        if (path is not null && !DataSets.Names.Contains(data) && Path.GetRelativePath(data, path) == ".")
        {
            throw new RunException("--run", "another folder than that of the images", path, "Name one of its own.");
        }
    }

    /// <summary>What folders call the data of a run.</summary>
    public static string DataNameOf(RunConfig config) => DataSets.Names.Contains(config.Data.Name)
        ? config.Data.Name
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(config.Data.Name)));

    private static string NewRunPath(RunConfig config) =>
        Path.Combine(DefaultRuns, $"{DataNameOf(config)}-{config.Model.Family}");
}
