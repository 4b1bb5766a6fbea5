using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>What a training run ends with: its last figures, the files it wrote, and what to type next.</summary>
internal static class TrainingSummary
{
    /// <param name="console">Where it is shown.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="checkpoints">The folder's store.</param>
    /// <param name="config">The run's.</param>
    /// <param name="state">Where training ended.</param>
    /// <param name="end">Why it ended.</param>
    /// <param name="report">The page about the run; null for none.</param>
    public static void Show(
        IAnsiConsole console, RunFolder folder, CheckpointStore checkpoints, RunConfig config, TrainingState state,
        TrainingEnd end, string? report)
    {
        var figures = new Figures();
        figures.Add("steps", $"{state.Step} of {config.Run.Steps} in {state.Seconds:F0} s");
        if (end == TrainingEnd.Time)
        {
            figures.Add("stopped", $"after --max-time {config.Run.MaxTime}");
        }
        else if (end == TrainingEnd.Patience)
        {
            var (figure, best, since) = (state.Task.Best.Figure, state.Task.Best.ErrorOf(state.BestError), state.SinceBest);
            figures.Add("stopped", $"{figure} was no better than {best:G5} for {since} values; a larger --patience goes on");
        }

        if (LastLine(folder, state) is { } last)
        {
            figures.Add("loss", $"{last[MetricNames.Loss]:F4}");
            if (config.Task is PriorTaskOptions)
            {
                figures.Add(
                    "held out", $"{last[MetricNames.HeldNats]:F4} nats of an index, {last[MetricNames.HeldAccuracy]:F4} guessed");
            }
            else
            {
                figures.Add(
                    "reconstruction",
                    $"MSE {last[MetricNames.Reconstruction]:F5}, {last[MetricNames.Normalized]:F4} of the data's variance");
                if (last[MetricNames.OfValidation(MetricNames.Normalized)] is var validated and not double.NaN)
                {
                    figures.Add(
                        "validation",
                        $"NMSE {validated:F4}, PSNR {last[MetricNames.OfValidation(MetricNames.Psnr)]:F2} dB");
                }
            }

            foreach (var layout in state.Task.Layouts)
            {
                var grids = state.Task.Layouts.Count;
                var perplexity = last[MetricNames.Perplexity(layout, grids)];
                var used = last[MetricNames.CodesUsed(layout, grids)];
                figures.Add(
                    grids == 1 ? "codes" : $"codes {layout.Name}",
                    $"perplexity {perplexity:F1}, {used} of {layout.CodebookSizes.Sum()} in use");
            }

            figures.Add("speed", $"{last[MetricNames.Speed]:F0} images/s");
        }

        figures.Add("metrics", $"{folder.MetricsPath}");
        if (config.Run.Tensorboard)
        {
            figures.Add("events", $"{folder.EventsPath}");
        }

        if (File.Exists(folder.SamplePath(state.Step)))
        {
            figures.Add("picture", $"{folder.SamplePath(state.Step)}");
        }

        if (report is not null)
        {
            figures.Add("report", $"{report}");
        }

        figures.Add("checkpoint", $"{checkpoints.Find($"{state.Step}").Path}");
        figures.Show(console);

        console.WriteWhole($"next: {Next(folder, config, state, end)}");
    }

    /// <summary>Null where none was written.</summary>
    private static MetricsLine? LastLine(RunFolder folder, TrainingState state)
    {
        try
        {
            return MetricsLog.Read(folder.MetricsPath).LastOrDefault(line => line.Step <= state.Step);
        }
        catch (RunException)
        {
            // Training has said so, and has its checkpoint.
            return null;
        }
    }

    /// <summary>What to type next.</summary>
    public static string Next(RunFolder folder, RunConfig config, TrainingState state, TrainingEnd end = TrainingEnd.Steps)
    {
        var (run, isPrior) = (folder.Location, config.Task is PriorTaskOptions);
        var train = isPrior ? "train-prior" : "train";
        string[] best = end == TrainingEnd.Patience ? ["--checkpoint", CheckpointStore.BestName] : [];
        return state.Step < config.Run.Steps && best.Length == 0 ? ProgramName.Hint(train, "--run", run, "--resume", "latest")
            : isPrior ? ProgramName.Hint(["sample", "--run", run, .. best, "--output", "samples.png"])
            : ProgramName.Hint(
                ["evaluate", "--run", run, .. best, "--data", config.Data.Name,
                    .. config.Data.Root is { } root ? ["--data-root", root] : Array.Empty<string>()]);
    }
}
