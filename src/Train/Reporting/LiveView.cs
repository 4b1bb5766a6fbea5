using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Reporting;

/// <summary>Training on a terminal: its lines of figures, and below them how far it is, curves of the figures, and the use of the
/// codebooks, drawn anew at most five times a second. The last state stays.</summary>
internal sealed class LiveView : TrainingReport
{
    private const int CellColumns = 44;
    private const int MostBeside = 4;
    private const int MostUsages = 4;
    private const int Gap = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly Style Name = new(Color.Grey);
    private static readonly Style Drawn = new(Color.Aqua);

    /// <summary>Figures with a curve, in their order.</summary>
    private static readonly string[] Curved =
    [
        MetricNames.Loss, MetricNames.Normalized, MetricNames.OfValidation(MetricNames.Normalized), MetricNames.HeldNats,
        MetricNames.HeldAccuracy, MetricNames.Generator, MetricNames.Discriminator, PerplexityName, MetricNames.Speed,
    ];

    private const string PerplexityName = "perplexity";

    private readonly IAnsiConsole console;
    private readonly LiveArea area;
    private readonly TrainingCourse course;
    private readonly Func<TimeSpan> elapsed;
    private readonly Dictionary<string, Curve> curves = [];
    private IReadOnlyList<CodeUsage> usages = [];
    private MetricsLine? last;
    private long step;
    private string work = "";
    private TimeSpan nextDrawing = TimeSpan.Zero;

    /// <param name="console">The terminal.</param>
    /// <param name="area">Where it is drawn.</param>
    /// <param name="course">From where to where the run trains.</param>
    /// <param name="elapsed">The time since it began to; null for that of a clock.</param>
    public LiveView(IAnsiConsole console, LiveArea area, TrainingCourse course, Func<TimeSpan>? elapsed = null)
    {
        var start = Stopwatch.GetTimestamp();
        (this.console, this.area, this.course) = (console, area, course);
        this.elapsed = elapsed ?? (() => Stopwatch.GetElapsedTime(start));
        step = course.FirstStep;
        Draw();
    }

    private bool HasBlocks => console.Profile.Capabilities.Unicode;

    public override void Recall(MetricsLine line)
    {
        foreach (var (name, value) in line.Figures.Where(figure => Rank(figure.Key) >= 0))
        {
            if (!curves.TryGetValue(name, out var curve))
            {
                curves[name] = curve = new Curve();
            }

            curve.Add(value);
        }

        last = line;
    }

    public override void Advance(long step)
    {
        (this.step, work) = (step, "");
        if (elapsed() >= nextDrawing || step == course.FirstStep + 1)
        {
            Draw();
        }
    }

    public override void Work(string what, long done, long total)
    {
        work = $"{what} {done}/{total}";
        if (elapsed() >= nextDrawing)
        {
            Draw();
        }
    }

    public override void Use(IReadOnlyList<CodeUsage> usage) => usages = usage;

    public override void Log(MetricsLine line)
    {
        area.Above(Describe(line, course));
        Recall(line);
        (step, work) = (line.Step, "");
        Draw();
    }

    public override void Warn(string message)
    {
        area.Above($"warning: {message}");
        Draw();
    }

    /// <summary>Draws the last state.</summary>
    public void Draw()
    {
        nextDrawing = elapsed() + Interval;
        area.Draw(
        [
            Bar(), .. Curves(), .. usages.Take(MostUsages).Select(usage => UsageBar.Line(area.Columns, HasBlocks, usage)),
            .. usages.Count > MostUsages ? (IEnumerable<IReadOnlyList<Segment>>)[[MoreUsages()]] : [],
            .. last is not null && Others(last) is { Length: > 0 } others
                ? (IEnumerable<IReadOnlyList<Segment>>)[[new Segment(others, Name)]]
                : [],
        ]);
    }

    private IReadOnlyList<Segment> Bar()
    {
        var (done, time) = (step - course.FirstStep, elapsed());
        var rate = done / Math.Max(time.TotalSeconds, 1e-3);
        return ProgressBar.Line(
            area.Columns, HasBlocks, step / (double)course.Steps, $"step {step}/{course.Steps}",
            ProgressBar.TimeLeft(course.FirstStep, step, course.Steps, time), work,
            string.Create(
                CultureInfo.InvariantCulture, $"epoch {course.EpochsAt(step):F1}/{course.EpochsAt(course.Steps):F1}"),
            done == 0 ? ""
                : rate >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{rate:F1} steps/s")
                : string.Create(CultureInfo.InvariantCulture, $"{1 / rate:F1} s/step"));
    }

    /// <summary>Figures, each with its value and curve, as many beside each other as there is room for.</summary>
    private IEnumerable<IReadOnlyList<Segment>> Curves()
    {
        var figures = curves.OrderBy(curve => Rank(curve.Key)).ThenBy(curve => curve.Key, StringComparer.Ordinal)
            .Select(curve => (Name: NameOf(curve.Key), Value: Value(curve.Value.Last), Curve: curve.Value)).ToArray();
        if (figures.Length == 0)
        {
            return [];
        }

        var beside = Math.Clamp(area.Columns / CellColumns, 1, MostBeside);
        var width = (area.Columns - Gap * (beside - 1)) / beside;
        var (names, values) = (figures.Max(figure => figure.Name.Length), figures.Max(figure => figure.Value.Length));
        return figures.Chunk(beside).Select(row => (IReadOnlyList<Segment>)[.. row.SelectMany((figure, i) =>
        {
            var text = figure.Curve.ToText(width - names - values - 2, HasBlocks);
            var rest = i == row.Length - 1 ? 0 : width - names - values - 2 - text.Length + Gap;
            return new Segment[]
            {
                new(figure.Name.PadRight(names), Name), new($" {figure.Value.PadLeft(values)} "), new(text, Drawn),
                new(new string(' ', Math.Max(0, rest))),
            };
        })]);
    }

    private Segment MoreUsages() => new($"and {usages.Count - MostUsages} more codebooks", Name);

    /// <summary>The figures without curves, as many as there is room for.</summary>
    private string Others(MetricsLine line)
    {
        var text = "";
        foreach (var (name, value) in line.Figures.Where(figure => Rank(figure.Key) < 0))
        {
            var next = $"{(text.Length == 0 ? "" : "  ")}{NameOf(name)} {Value(value)}";
            text += text.Length + next.Length <= area.Columns ? next : "";
        }

        return text;
    }

    /// <summary>Where a figure's curve stands among others; −1 for a figure without.</summary>
    private static int Rank(string figure) =>
        Array.IndexOf(Curved, figure.StartsWith(PerplexityName, StringComparison.Ordinal) ? PerplexityName : figure);

    private static string NameOf(string figure) =>
        figure == MetricNames.Speed ? "images/s" : figure.Replace('_', ' ');

    private static string Value(double value) => Math.Abs(value) switch
    {
        > 0 and < 0.001 => value.ToString("0.0e-0", CultureInfo.InvariantCulture),
        < 10 => value.ToString("F4", CultureInfo.InvariantCulture),
        < 1000 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F0", CultureInfo.InvariantCulture),
    };
}
