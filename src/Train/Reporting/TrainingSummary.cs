using System.Globalization;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>What a training run ends with: its last figures, the files it wrote, and what to type next.</summary>
internal static class TrainingSummary
{
    public static void Show(IAnsiConsole console, RunFolder folder, CheckpointStore checkpoints, RunConfig config, TrainingState state)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "");
        table.AddRow("steps", Number($"{state.Step} of {config.Steps} in {state.Seconds:F0} s"));
        if (MetricsLog.Read(folder.MetricsPath) is [.., var last])
        {
            table.AddRow("loss", Number($"{last.Loss:F4}"));
            table.AddRow("reconstruction", Number($"MSE {last.Recon:F5}, {last.Nmse:F4} of the data's variance"));
            table.AddRow("codes", Number($"perplexity {last.Perplexity:F1}, {last.CodesUsed} of {config.Codes} in use"));
            table.AddRow("speed", Number($"{last.ImagesPerSecond:F0} images/s"));
        }

        table.AddRow("metrics", Markup.Escape(folder.MetricsPath));
        table.AddRow("picture", Markup.Escape(folder.SamplePath(state.Step)));
        table.AddRow("checkpoint", Markup.Escape(checkpoints.List()[0].Path));
        console.Write(table);

        // Past the console, which would break the line: it is there to be copied.
        console.Profile.Out.Writer.WriteLine($"next: {Next(folder, config, state)}");
    }

    private static string Next(RunFolder folder, RunConfig config, TrainingState state)
    {
        const string program = "dotnet run -c Release --project src/Train --";
        var root = config.DataRoot is null ? "" : $" --data-root {config.DataRoot}";
        return state.Step < config.Steps
            ? $"{program} train --run {folder.Location} --resume latest"
            : $"{program} evaluate --run {folder.Location} --data {config.Data}{root}";
    }

    private static string Number(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
