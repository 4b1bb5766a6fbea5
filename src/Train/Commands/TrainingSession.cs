using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.TensorBoard;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>Where a run is to be.</summary>
/// <param name="Path">Its folder; null for a new one.</param>
/// <param name="NewPath">What a new one is called.</param>
/// <param name="Resume">From where it goes on; null for a new run.</param>
internal sealed record TrainingPlace(string? Path, string NewPath, Resumption? Resume);

/// <summary>The part of a command that trains: from a config to the run's files.</summary>
internal static class TrainingSession
{
    /// <param name="console">Where it is shown.</param>
    /// <param name="signals">What ends it early.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="config">The run's, whose data are known.</param>
    /// <param name="place">Where it is to be.</param>
    /// <param name="addData">Adds what is trained on to the run's files, and tells of it; null when it was stopped.</param>
    /// <param name="trace">What is to be followed; null for nothing.</param>
    /// <param name="begin">Gives a new run's state a beginning that its config does not say; a checkpoint keeps it.</param>
    /// <returns>The program's exit code.</returns>
    public static int Run(
        IAnsiConsole console, StopSignals signals, Device device, RunConfig config, TrainingPlace place,
        Func<TrainingFiles, TrainingFiles?> addData, TimelineRequest? trace, Action<TrainingState>? begin = null)
    {
        using var folder = place.Path is null ? RunFolder.OpenNew(place.NewPath) : RunFolder.OpenForWriting(place.Path);
        if (place.Resume is null)
        {
            RunFolder.RefuseRun(folder.Location); // one that came since
        }

        var checkpoints = folder.OpenCheckpoints(config.Run.Keep);
        using var state = WorkProgress.Wait(console, "making the model", () => new TrainingState(device, config));
        begin?.Invoke(state);
        WorkProgress.Wait(console, "reading the checkpoint", () =>
        {
            place.Resume?.Load(state, config, folder, checkpoints, console.WriteWhole);
            return true;
        });
        if (ScheduleWarning.For(config, state.Step) is { } pastSchedule)
        {
            console.WriteWhole($"warning: {pastSchedule}");
        }

        folder.WriteConfig(config);
        MachineLog.Add(folder.MachinesPath, MachineRecord.Of(device, state.Step));
        if (begin is not null && place.Resume is null)
        {
            state.Save(checkpoints, config);
        }

        using var metrics = state.Step > 0
            ? MetricsLog.Resume(folder.MetricsPath, state.Step)
            : MetricsLog.Create(folder.MetricsPath);
        using var events = !config.Run.Tensorboard ? null
            : state.Step > 0 ? TensorBoardLog.Resume(folder.EventsPath, state.Step, config)
            : TensorBoardLog.Create(folder.EventsPath, config);
        if (addData(new TrainingFiles(folder, checkpoints, metrics, Train: null, Held: null, events)) is not { } files)
        {
            console.WriteWhole($"stopped before training: {TrainingSummary.Next(folder, config, state)}");
            return signals.ExitCode;
        }

        var timeline = trace is null ? null : new StepTimeline(device, trace, state.Step, config.Run.Steps);
        files = files with { Timeline = timeline };
        signals.Arm();
        var course = new TrainingCourse(state.Step, config.Run.Steps, (double)config.Run.ImagesPerStep / config.Data.Count);
        var end = TrainingEnd.Steps;
        TrainingReport.Show(
            console, course, report =>
            {
                Recall(folder, state.Step, report);
                end = new Trainer(state, config, files, report).Run(signals.Token);
            });
        TrainingSummary.Show(console, folder, checkpoints, config, state, end, WriteReport(files, state, console));
        if (timeline is not null && File.Exists(trace!.Path))
        {
            console.WriteWhole(timeline.Describe());
        }

        return signals.ExitCode;
    }

    /// <summary>Shows a report what the run did before it goes on.</summary>
    private static void Recall(RunFolder folder, long step, TrainingReport report)
    {
        foreach (var line in step > 0 ? MetricsLog.Read(folder.MetricsPath) : [])
        {
            report.Recall(line);
        }
    }

    /// <summary>Writes the page about the run; what keeps it from that is a warning.</summary>
    /// <returns>Where it is; null for none.</returns>
    private static string? WriteReport(TrainingFiles files, TrainingState state, IAnsiConsole console)
    {
        var folder = files.Folder;
        try
        {
            var page = WorkProgress.Wait(
                console, "writing the report", () => ReportPage.Of([folder.Location], [Survey(state, files.Held)]));
            AtomicFile.Write(folder.ReportPath, stream => stream.Write(page));
            return folder.ReportPath;
        }
        catch (RunException exception)
        {
            console.WriteWhole($"warning: {exception.Message}");
            return null;
        }
    }

    private static RunCodes Survey(TrainingState state, ImageDataSet? images)
    {
        var codes = new RunCodes(null);
        if (images is not null)
        {
            state.WithAverages(() => codes = RunSurvey.Of(state.Model, images));
        }

        return codes;
    }
}
