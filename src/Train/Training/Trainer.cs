using System.Diagnostics;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Where a run reads and writes.</summary>
/// <param name="Folder">Takes metrics, samples and checkpoints.</param>
/// <param name="Checkpoints">The folder's store.</param>
/// <param name="Metrics">The folder's metrics.jsonl.</param>
/// <param name="Train">The images to train on.</param>
/// <param name="Held">The images whose reconstructions are drawn, best ones that are not trained on.</param>
internal sealed record TrainingFiles(
    RunFolder Folder, CheckpointStore Checkpoints, MetricsLog Metrics, ImageDataSet Train, ImageDataSet Held);

/// <summary>Trains a model: the loop, read from top to bottom.</summary>
internal sealed class Trainer(TrainingState state, RunConfig config, TrainingFiles files, TrainingReport report)
{
    private readonly Stopwatch sinceStart = new();
    private long lastLogStep = state.Step;
    private double lastLogSeconds = state.Seconds;
    private double secondsBefore = state.Seconds;

    /// <summary>Trains up to the last step of the config, or until asked to stop; either way the last step is in a
    /// checkpoint.</summary>
    public void Run(CancellationToken stop)
    {
        using var loader = new BatchLoader(files.Train, config.Run.Batch, config.Run.Seed, state.Step);
        using var step = new TrainingStep(state);
        secondsBefore = state.Seconds;
        sinceStart.Start();
        var savedStep = -1L;
        while (state.Step < config.Run.Steps && !stop.IsCancellationRequested)
        {
            step.Run(loader.Next().Images);
            state.Seconds = secondsBefore + sinceStart.Elapsed.TotalSeconds;
            report.Advance(state.Step);
            if (IsDue(config.Run.LogEvery) || state.Step == config.Run.Steps)
            {
                Log();
            }

            if (IsDue(config.Run.SampleEvery) && state.Step < config.Run.Steps)
            {
                DrawSample();
            }

            if (IsDue(config.Run.CheckpointEvery))
            {
                state.Save(files.Checkpoints, config);
                savedStep = state.Step;
            }
        }

        if (savedStep != state.Step)
        {
            state.Save(files.Checkpoints, config);
        }

        DrawSample();
    }

    private bool IsDue(int every) => every > 0 && state.Step % every == 0;

    private void Log()
    {
        var figures = state.Sums.Take();
        var seconds = state.Seconds - lastLogSeconds;
        figures[MetricNames.Normalized] = figures[MetricNames.Reconstruction] / config.Data.Variance;
        figures[MetricNames.Speed] = (state.Step - lastLogStep) * config.Run.Batch / seconds;
        var line = new MetricsLine(state.Step, state.Seconds, [.. figures]);
        (lastLogStep, lastLogSeconds) = (state.Step, state.Seconds);
        files.Metrics.Append(line);
        report.Log(line);
        if (!double.IsFinite(figures[MetricNames.Loss]))
        {
            throw new TrainingException(
                $"train: expected a finite loss; got {figures[MetricNames.Loss]} by step {state.Step}. Lower --lr, or look for "
                    + "damaged images.");
        }
    }

    private void DrawSample() =>
        Reconstructions.Save(files.Folder.SamplePath(state.Step), state.Model, files.Held, Reconstructions.DefaultCount);
}
