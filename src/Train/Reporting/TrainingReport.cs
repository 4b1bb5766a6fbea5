using System.Globalization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>From where to where a run trains.</summary>
/// <param name="FirstStep">Steps that were done before.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="EpochsPerStep">The part of the data set that a step sees.</param>
internal sealed record TrainingCourse(long FirstStep, long Steps, double EpochsPerStep)
{
    /// <summary>How often the whole set was seen after so many steps.</summary>
    public double EpochsAt(long step) => step * EpochsPerStep;
}

/// <summary>Shows the progress of training: lines of figures, and on a terminal a view below them.</summary>
internal abstract class TrainingReport
{
    private static readonly string[] Errors =
    [
        MetricNames.Normalized, MetricNames.OfValidation(MetricNames.Normalized), MetricNames.HeldNats, MetricNames.HeldAccuracy,
    ];

    /// <summary>Shows nothing, for output that another program reads.</summary>
    public static TrainingReport Silent { get; } = new Nothing();

    /// <summary>Shows training while <paramref name="train"/> runs.</summary>
    public static void Show(IAnsiConsole console, TrainingCourse course, Action<TrainingReport> train)
    {
        if (!console.IsLive())
        {
            train(new Lines(console.Profile.Out.Writer, course));
            return;
        }

        using var area = new LiveArea(console, LiveArea.CutsLines);
        var view = new LiveView(console, area, course);
        try
        {
            train(view);
        }
        finally
        {
            view.Draw();
        }
    }

    public abstract void Advance(long step);

    /// <summary>Shows a line of figures.</summary>
    public abstract void Log(MetricsLine line);

    /// <summary>Gets a line of the run from before it goes on, which was shown then.</summary>
    public virtual void Recall(MetricsLine line)
    {
    }

    /// <summary>Gets how often the codes were used since the line before, before its line.</summary>
    public virtual void Use(IReadOnlyList<CodeUsage> usage)
    {
    }

    /// <summary>Shows how far something is that happens between steps.</summary>
    public virtual void Work(string what, long done, long total)
    {
    }

    /// <summary>Tells what went wrong without ending training.</summary>
    public abstract void Warn(string message);

    /// <summary>Figures that a line shows, the speed last; others are in the file.</summary>
    private protected static string Describe(MetricsLine line, TrainingCourse course) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {line.Step,6}  epoch {course.EpochsAt(line.Step):F1}  loss {line[MetricNames.Loss]:F4}  "
            + $"{string.Concat(Errors.Select(figure => Some(line, figure)))}{Players(line)}{Latents(line)}"
            + $"{line[MetricNames.Speed]:F0} images/s");

    /// <summary>A figure that not all tasks have.</summary>
    private static string Some(MetricsLine line, string figure) => double.IsNaN(line[figure]) ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{figure.Replace('_', ' ')} {line[figure]:F4}  ");

    /// <summary>What model and discriminator came to, where there is one.</summary>
    private static string Players(MetricsLine line) => double.IsNaN(line[MetricNames.Discriminator]) ? "" : string.Create(
        CultureInfo.InvariantCulture, $"generator {line[MetricNames.Generator]:F3}  discriminator "
            + $"{line[MetricNames.Discriminator]:F3}  ");

    private static string Latents(MetricsLine line) =>
        string.Concat(line.Figures.Where(IsOfLatents).Select(figure => string.Create(
        CultureInfo.InvariantCulture, $"{figure.Key.Replace("codes_used", "codes").Replace('_', ' ')} {figure.Value:0.#}  ")));

    private static bool IsOfLatents(KeyValuePair<string, double> figure) =>
        figure.Key.StartsWith("perplexity", StringComparison.Ordinal) ||
            figure.Key.StartsWith("codes_used", StringComparison.Ordinal) || figure.Key == GaussianAutoencoder.DivergenceName;

    private sealed class Nothing : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line)
        {
        }

        public override void Warn(string message)
        {
        }
    }

    private sealed class Lines(TextWriter output, TrainingCourse course) : TrainingReport
    {
        public override void Advance(long step)
        {
        }

        public override void Log(MetricsLine line) => output.WriteLine(Describe(line, course));

        public override void Warn(string message) => output.WriteLine($"warning: {message}");
    }
}
