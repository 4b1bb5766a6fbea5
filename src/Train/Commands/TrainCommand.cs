using System.CommandLine;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Data;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>train</c>: from options to a trained model in a run folder.</summary>
internal static class TrainCommand
{
    private const string DefaultRuns = "runs";

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions();
        var run = new Option<string?>("--run")
        {
            Description = $"the run's folder; a new one under {DefaultRuns}/ when not given",
        };
        var resume = new Option<string?>("--resume")
        {
            Description = "go on from a checkpoint: latest, or the path of one; a new run begins when not given",
        };
        var download = CommonOptions.Download();
        var force = CommonOptions.Force();
        var noGraph = CommonOptions.NoGraph();
        var command = new Command("train", "Trains a model; without options, on shapes that the program draws.");
        foreach (var option in options.All.Concat([run, resume, download, force, noGraph]))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => Run(
            console, resumed => options.Apply(parsed, resumed), parsed.GetValue(run), parsed.GetValue(resume),
            new Flags(parsed.GetValue(download), parsed.GetValue(force), UseGraphs: !parsed.GetValue(noGraph))));
        return command;
    }

    private static int Run(
        IAnsiConsole console, Func<RunConfig?, RunConfig> configure, string? path, string? resume, Flags flags)
    {
        if (resume is not null && path is null)
        {
            throw new RunException("--resume", "the run's folder as --run", "none", "Name it.");
        }

        var previous = resume is not null && File.Exists(Path.Combine(path!, RunFolder.ConfigName)) ? ReadConfig(path!) : null;
        var config = configure(previous);
        config.CheckOptions();
        path ??= NewRunPath(config);
        RefuseToOverwrite(path, resume);

        using var signals = new StopSignals();
        using var device = CommonOptions.OpenDevice(
            config.Run.Accelerator, new DeviceOptions(UseGraphs: flags.UseGraphs, Precision: config.Run.Precision));
        var train = CommonOptions.OpenData("--data", config.Data.Name, DataSets.Train, config.Data.Root, flags.Download);
        CommonOptions.CheckSize(train, config.Model);
        config = WithData(config, train, previous).WithScheduleOverRun();

        // Refuses a batch that the set cannot fill, before anything is written.
        _ = new DataOrder(train.Count, config.Run.Batch, config.Run.Seed);
        var held = OpenHeld(config, flags.Download) ?? train;
        var memory = StepMemory.Of(config);
        console.WriteWhole(memory.Describe(device));
        if (!flags.Force)
        {
            memory.CheckFits(device);
        }

        using var folder = RunFolder.OpenForWriting(path);
        var checkpoints = folder.OpenCheckpoints();
        using var state = new TrainingState(device, config);
        if (resume is not null && checkpoints.Find(resume, Warn) is { } checkpoint)
        {
            state.Load(checkpoint);
            checkpoints.DiscardAfter(checkpoint.Step);
            console.WriteWhole($"going on from {checkpoint.Path}");
        }

        folder.WriteConfig(config);
        using var metrics = state.Step > 0
            ? MetricsLog.Resume(folder.MetricsPath, state.Step)
            : MetricsLog.Create(folder.MetricsPath);
        var files = new TrainingFiles(folder, checkpoints, metrics, train, held);
        console.WriteWhole(
            $"training {config.Model.Family} on {config.Data.Name} ({train.Count} images of "
                + $"{train.Width}×{train.Height}×{train.Channels}), {device.Name}: {device.Description}");
        foreach (var note in train.Notes)
        {
            console.WriteWhole(note);
        }

        signals.Arm();
        var course = new TrainingCourse(state.Step, config.Run.Steps, (double)config.Run.Batch / train.Count);
        TrainingReport.Show(
            console, course, report => new Trainer(state, config, files, report).Run(signals.Token));
        TrainingSummary.Show(console, folder, checkpoints, config, state);
        return signals.ExitCode;

        void Warn(string message) => console.WriteWhole(message);
    }

    /// <summary>What was asked for beyond the config.</summary>
    private sealed record Flags(bool Download, bool Force, bool UseGraphs);

    private static RunConfig ReadConfig(string path)
    {
        using var folder = RunFolder.OpenForReading(path);
        return folder.ReadConfig();
    }

    private static void RefuseToOverwrite(string path, string? resume)
    {
        if (resume is null && File.Exists(Path.Combine(path, RunFolder.ConfigName)))
        {
            throw new RunException(path, "a folder without a run", "one that holds a run",
                $"Go on with it: {ProgramName.Hint("train", "--run", path, "--resume", "latest")}, or choose another folder.");
        }
    }

    private static RunConfig WithData(RunConfig config, ImageDataSet train, RunConfig? previous)
    {
        var result = config with
        {
            Data = config.Data with
            {
                Channels = train.Channels,
                Height = train.Height,
                Width = train.Width,
                Variance = train.Variance
            },
            Model = config.Model with { Channels = train.Channels },
        };
        if (previous?.Data is { } old && (old.Channels, old.Height, old.Width) != (train.Channels, train.Height, train.Width))
        {
            throw DataException.Expected(
                train.Name, $"images of {old.Width}×{old.Height}×{old.Channels}, as the run that goes on was started with",
                $"{train.Width}×{train.Height}×{train.Channels}");
        }

        if (result.Data.Variance <= 0)
        {
            throw DataException.Expected(
                train.Name, "images that differ", "images of one single value", "The loss divides by their variance.");
        }

        return result;
    }

    /// <summary>Images for the sample pictures that are not trained on, where the set has some of the same kind.</summary>
    private static ImageDataSet? OpenHeld(RunConfig config, bool download)
    {
        try
        {
            var held = CommonOptions.OpenData("--data", config.Data.Name, DataSets.Test, config.Data.Root, download);
            var data = config.Data;
            return (held.Channels, held.Height, held.Width) == (data.Channels, data.Height, data.Width) ? held : null;
        }
        catch (DataException exception) when (exception.IsAbsent)
        {
            // The pictures of a set without a test split are of its training images.
            return null;
        }
    }

    private static string NewRunPath(RunConfig config)
    {
        var name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(config.Data.Name))}-{config.Model.Family}";
        var path = Path.Combine(DefaultRuns, name);
        for (var number = 2; Directory.Exists(path); number++)
        {
            path = Path.Combine(DefaultRuns, $"{name}-{number}");
        }

        return path;
    }
}
