using System.Globalization;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>What a training run ends with: its last figures, the files it wrote, and what to type next.</summary>
internal static class TrainingSummary
{
    public static void Show(
        IAnsiConsole console, RunFolder folder, CheckpointStore checkpoints, RunConfig config, TrainingState state)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "");
        table.AddRow("steps", Number($"{state.Step} of {config.Run.Steps} in {state.Seconds:F0} s"));
        if (LastLine(folder, state) is { } last)
        {
            table.AddRow("loss", Number($"{last[MetricNames.Loss]:F4}"));
            table.AddRow(
                "reconstruction",
                Number($"MSE {last[MetricNames.Reconstruction]:F5}, {last[MetricNames.Normalized]:F4} of the data's variance"));
            foreach (var layout in state.Task.Layouts)
            {
                var grids = state.Task.Layouts.Count;
                var perplexity = last[MetricNames.Perplexity(layout, grids)];
                var used = last[MetricNames.CodesUsed(layout, grids)];
                table.AddRow(
                    grids == 1 ? "codes" : $"codes {layout.Name}",
                    Number($"perplexity {perplexity:F1}, {used} of {layout.CodebookSizes.Sum()} in use"));
            }

            table.AddRow("speed", Number($"{last[MetricNames.Speed]:F0} images/s"));
        }

        table.AddRow("metrics", Markup.Escape(folder.MetricsPath));
        if (File.Exists(folder.SamplePath(state.Step)))
        {
            table.AddRow("picture", Markup.Escape(folder.SamplePath(state.Step)));
        }

        table.AddRow("checkpoint", Markup.Escape(checkpoints.Find($"{state.Step}").Path));
        console.Write(table);

        // Past the console, which would break the line: it is there to be copied.
        console.Profile.Out.Writer.WriteLine($"next: {Next(folder, config, state)}");
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

    private static string Next(RunFolder folder, RunConfig config, TrainingState state)
    {
        const string program = "dotnet run -c Release --project src/Train --";
        var root = config.Data.Root is null ? "" : $" --data-root {config.Data.Root}";
        return state.Step < config.Run.Steps
            ? $"{program} train --run {folder.Location} --resume latest"
            : $"{program} evaluate --run {folder.Location} --data {config.Data.Name}{root}";
    }

    private static string Number(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
