using System.Globalization;
using IlgpuVq.Train.Runs;
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
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: steps);
                task.Value = firstStep;
                train(new Bar(task));
            });
    }

    public abstract void Advance(long step);

    public abstract void Log(MetricsLine line);

    private static string Describe(MetricsLine line) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {line.Step,6}  loss {line.Loss:F4}  nmse {line.Nmse:F4}  perplexity {line.Perplexity:F1}  codes {line.CodesUsed}  {line.ImagesPerSecond:F0} images/s");

    private sealed class Lines(IAnsiConsole console) : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line) => console.WriteLine(Describe(line));
    }

    private sealed class Bar(ProgressTask task) : TrainingReport
    {
        public override void Advance(long step) => task.Value = step;

        public override void Log(MetricsLine line) => task.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"loss {line.Loss:F4}, perplexity {line.Perplexity:F1}, {line.CodesUsed} codes, {line.ImagesPerSecond:F0}/s");
    }
}
