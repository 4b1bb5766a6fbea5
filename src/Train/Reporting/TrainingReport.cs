using System.Globalization;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Shows the progress of training: a bar on a terminal, one line per log interval elsewhere.</summary>
internal abstract class TrainingReport
{
    /// <summary>Leaves room for the figures on a line of 80 columns.</summary>
    private const int BarWidth = 10;

    /// <summary>Shows training while <paramref name="train"/> runs.</summary>
    public static void Show(IAnsiConsole console, long firstStep, long steps, Action<TrainingReport> train)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Out.IsTerminal)
        {
            train(new Lines(console));
            return;
        }

        console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth },
                new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: steps);
                task.Value = firstStep;
                train(new Bar(console, task));
            });
    }

    public abstract void Advance(long step);

    public abstract void Log(MetricsLine line);

    /// <summary>Tells what went wrong without ending training.</summary>
    public abstract void Warn(string message);

    /// <summary>Figures that a line shows, the speed last; others are in the file.</summary>
    private static string Describe(MetricsLine line) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {line.Step,6}  loss {line[MetricNames.Loss]:F4}  nmse {line[MetricNames.Normalized]:F4}  {Codes(line)}  "
            + $"{line[MetricNames.Speed]:F0} images/s");

    private static string Codes(MetricsLine line) =>
        string.Join("  ", line.Figures.Where(IsOfCodes).Select(figure => string.Create(
        CultureInfo.InvariantCulture, $"{figure.Key.Replace("codes_used", "codes").Replace('_', ' ')} {figure.Value:0.#}")));

    private static bool IsOfCodes(KeyValuePair<string, double> figure) =>
        figure.Key.StartsWith("perplexity", StringComparison.Ordinal) ||
            figure.Key.StartsWith("codes_used", StringComparison.Ordinal);

    private sealed class Lines(IAnsiConsole console) : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line) => console.WriteLine(Describe(line));

        public override void Warn(string message) => console.WriteLine($"warning: {message}");
    }

    private sealed class Bar(IAnsiConsole console, ProgressTask task) : TrainingReport
    {
        public override void Advance(long step) => task.Value = step;

        public override void Log(MetricsLine line) => task.Description = string.Create(
            CultureInfo.InvariantCulture, $"loss {line[MetricNames.Loss]:F4}, {Codes(line)}, {line[MetricNames.Speed]:F0}/s");

        public override void Warn(string message) => console.WriteLine($"warning: {message}");
    }
}
