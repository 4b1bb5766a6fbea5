using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.TensorBoard;

namespace IlgpuVq.Train.Training;

/// <summary>Where a run reads and writes.</summary>
/// <param name="Folder">Takes metrics, samples and checkpoints.</param>
/// <param name="Checkpoints">The folder's store.</param>
/// <param name="Metrics">The folder's metrics.jsonl.</param>
/// <param name="Train">The images to train on; null for a prior.</param>
/// <param name="Held">The images whose reconstructions are drawn, best ones that are not trained on; null for a prior.</param>
/// <param name="Events">The folder's file for TensorBoard; null for none.</param>
/// <param name="Codes">What a prior trains on; null for a task of images.</param>
/// <param name="Validation">The images that validations measure on; null for none.</param>
/// <param name="Timeline">Follows steps for <c>--trace</c>; null for nothing.</param>
internal sealed record TrainingFiles(
    RunFolder Folder, CheckpointStore Checkpoints, MetricsLog Metrics, ImageDataSet? Train, ImageDataSet? Held,
    TensorBoardLog? Events = null, PriorCodes? Codes = null, ImageDataSet? Validation = null,
    StepTimeline? Timeline = null);

/// <summary>Why training ended.</summary>
internal enum TrainingEnd
{
    /// <summary>The last step is done.</summary>
    Steps,

    /// <summary>It was asked to stop.</summary>
    Stop,

    /// <summary>The figure that the best checkpoint is chosen by was no better for too long.</summary>
    Patience,

    /// <summary>It had so much time and no more.</summary>
    Time,
}

/// <summary>Trains a model: the loop, read from top to bottom.</summary>
internal sealed class Trainer(TrainingState state, RunConfig config, TrainingFiles files, TrainingReport report)
{
    private readonly OptimizerOptions optimizer = config.WithScheduleOverRun().Optimizer;
    private readonly Stopwatch sinceStart = new();
    private readonly HashSet<string> warned = [];
    private readonly CollapseWatch collapses = new(config, state.Task.Layouts);
    private readonly Validation? validation = files.Validation is { } held ? new(state, config, held) : null;
    private readonly int validateEvery = config.Task is ReconstructionOptions options ? options.ValidateEvery : 0;
    private readonly TimeSpan? mostTime = config.Run.MaxTime is { } time ? Duration.Parse(time) : null;
    private long lastLogStep = state.Step;
    private double lastLogSeconds = state.Seconds;
    private double secondsBefore = state.Seconds;

    /// <summary>The step of the newest checkpoint; none at the start, so that even a run that does no step leaves one.</summary>
    private long savedStep = state.Step > 0 ? state.Step : -1;

    /// <summary>Up to here all was finite.</summary>
    private long finiteStep = state.Step;

    /// <summary>Trains up to the last step of the config, or until asked to stop, or until the config's patience or time is at
    /// its end; the last step is in a checkpoint in any case.</summary>
    public TrainingEnd Run(CancellationToken stop)
    {
        TrainingEnd? end;
        using var source = state.Task.OpenSource(files, config.Run.Seed, state.Step);
        using var step = new TrainingStep(state);
        secondsBefore = state.Seconds;
        sinceStart.Start();
        while ((end = WhyEnd(stop)) is null)
        {
            using (files.Timeline?.BeginStep(state.Step + 1))
            {
                using (files.Timeline?.BeginPart("load batch"))
                {
                    source.LoadNext();
                }

                using (files.Timeline?.BeginPart("compute"))
                {
                    step.Run();
                }
            }

            state.Seconds = secondsBefore + sinceStart.Elapsed.TotalSeconds;
            report.Advance(state.Step);
            var isLast = state.Step == config.Run.Steps;
            var isValidated = validation is not null && (IsDue(validateEvery) || isLast);
            var isBest = (IsDue(config.Run.LogEvery) || isValidated || isLast) && Log(isValidated);
            if (IsDue(config.Run.CheckpointEvery) || (isBest && isValidated))
            {
                Save();
            }

            if (IsDue(config.Run.SampleEvery) && state.Step < config.Run.Steps)
            {
                DrawSample();
            }

            if (state.Step == files.Timeline?.Last)
            {
                WriteTimeline();
            }
        }

        if (savedStep != state.Step)
        {
            Save();
        }

        DrawSample();
        WriteTimeline();
        return end.Value;
    }

    private void WriteTimeline() => Try("traces", () => files.Timeline?.Write());

    /// <summary>Why to end now; null for going on.</summary>
    private TrainingEnd? WhyEnd(CancellationToken stop) =>
        state.Step >= config.Run.Steps ? TrainingEnd.Steps
        : stop.IsCancellationRequested ? TrainingEnd.Stop
        : config.Run.Patience > 0 && state.SinceBest >= config.Run.Patience ? TrainingEnd.Patience
        : sinceStart.Elapsed >= mostTime ? TrainingEnd.Time
        : null;

    private bool IsDue(int every) => every > 0 && state.Step % every == 0;

    /// <summary>Writes a line of metrics.</summary>
    /// <returns>Whether it is better than all before, by what the best checkpoint is chosen by.</returns>
    private bool Log(bool isValidated)
    {
        using var slice = files.Timeline?.Begin("log");
        var (figures, usage) = state.Sums.Take();
        var (steps, seconds) = (state.Step - lastLogStep, state.Seconds - lastLogSeconds);
        state.Task.AddFigures(figures, files);
        if (isValidated)
        {
            using var measuring = files.Timeline?.Begin("validation");
            validation!.AddTo(figures, (done, images) => report.Work("validation images", done, images));
        }

        figures[MetricNames.LearningRate] = optimizer.LearningRateAt(state.Step);
        figures[MetricNames.Speed] = steps * config.Run.ImagesPerStep / seconds;
        var line = new MetricsLine(state.Step, state.Seconds, [.. figures]);
        (lastLogStep, lastLogSeconds) = (state.Step, state.Seconds);
        Try("metrics", () => Say(files.Folder.MetricsPath, wasRemoved: files.Metrics.Append(line)));
        Try("events", () => Say(files.Folder.EventsPath, wasRemoved: files.Events?.Add(line, usage) == true));
        report.Use(usage);
        report.Log(line);
        var isBest = figures.TryGetValue(state.Task.Best.Figure, out var figure)
            && state.Judge(state.Task.Best.ErrorOf(figure));
        if (!double.IsFinite(figures[MetricNames.Loss]))
        {
            throw Diverged("a finite loss", $"{figures[MetricNames.Loss]}");
        }

        finiteStep = state.Step;
        if (collapses.Look(line, steps) is { } collapsed)
        {
            report.Warn($"{collapsed}. {CollapseAdvice.For(config, files.Folder.Location)}");
        }

        return isBest;
    }

    /// <summary>Writes a checkpoint, unless one that nobody could use would take the place of good ones.</summary>
    private void Save()
    {
        using var slice = files.Timeline?.Begin("checkpoint");
        if (state.FirstKeyNotFinite() is { } key)
        {
            throw Diverged("finite numbers to save", $"NaN or ∞ in {key}");
        }

        savedStep = state.Save(files.Checkpoints, config).Step;
        finiteStep = state.Step;
    }

    private void DrawSample()
    {
        using var slice = files.Timeline?.Begin("sample pictures");
        var path = files.Folder.SamplePath(state.Step);
        Try("pictures", () =>
        {
            Say(files.Folder.SamplesPath, wasRemoved: files.Folder.MakeSamples());
            state.Task.DrawSample(path, files);
            files.Events?.AddSample(state.Step, path, state.Model.State);
        });
    }

    private void Say(string path, bool wasRemoved)
    {
        if (wasRemoved)
        {
            report.Warn($"{path} was removed while the run trains; it is there again.");
        }
    }

    /// <summary>Writes what training can go on without: a failure is told the first time.</summary>
    private void Try(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception)
            when (exception is RunException or DataException or IOException or UnauthorizedAccessException)
        {
            if (warned.Add(what))
            {
                var message = exception.Message.ReplaceLineEndings(" ");
                report.Warn($"{message} Training goes on; further {what} that fail are not told.");
            }
        }
    }

    private TrainingException Diverged(string expected, string actual)
    {
        var known = finiteStep > 0 ? $", and after step {finiteStep}" : "";
        var left = files.Checkpoints.List() is [var last, ..]
            ? $"The checkpoint of step {last.Step} is kept; go on"
            : "There is no earlier checkpoint; begin again";
        var rate = (config.Optimizer.LearningRate / 10).ToString("G3", CultureInfo.InvariantCulture);
        var hint = ProgramName.Hint("train", "--run", files.Folder.Location, "--resume", "latest", "--lr", rate);
        return new TrainingException(
            $"train: expected {expected}; got {actual} by step {state.Step}{known}. {left} with a lower rate: {hint} "
                + "If that does not help, look for damaged images.");
    }
}
