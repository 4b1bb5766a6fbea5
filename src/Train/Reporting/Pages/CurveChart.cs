using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>A line of a chart.</summary>
/// <param name="Series">Which of the page's colours it has.</param>
/// <param name="Name">The run.</param>
/// <param name="Points">By step.</param>
internal sealed record CurveLine(int Series, string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A figure over the steps as SVG within a page, whose styles colour it. The values' axis is logarithmic where they are
/// positive and spread over more than a factor of 30.</summary>
internal static class CurveChart
{
    /// <summary>Points of a line at most: of more, each stretch of steps shows its least and its greatest.</summary>
    public const int MostPoints = 600;

    private const int Width = 480, Height = 240, Left = 58, Right = 22, Top = 10, Bottom = 26;
    private const double LogarithmicFrom = 30;

    /// <param name="title">The figure.</param>
    /// <param name="lines">That of each run; none is empty.</param>
    /// <param name="unit">What lies along the axis below.</param>
    /// <param name="kind">A class of its own; with one the lines are named below the title.</param>
    public static string Of(string title, IReadOnlyList<CurveLine> lines, string unit = "step", string? kind = null)
    {
        var values = lines.SelectMany(line => line.Points).Select(point => point.Value).ToArray();
        var x = new ChartAxis(
            lines.Min(line => line.Points[0].Step), lines.Max(line => line.Points[^1].Step), Left, Width - Right, false);
        var y = new ChartAxis(
            values.Min(), values.Max(), Height - Bottom, Top, values.Min() > 0 && values.Max() > LogarithmicFrom * values.Min());
        var chart = new StringBuilder();
        var (own, keys) = kind is null ? ("", "") : ($" {kind}", lines.Count == 1 ? "" : string.Concat(lines.Select(
            line => $"<span class=\"name\"><span class=\"key s{line.Series % 6}\"></span>{ReportPage.Text(line.Name)}</span>")));
        Append($"<figure class=\"chart{own}\"><figcaption>{ReportPage.Text(title)} <output></output>{keys}</figcaption>\n");
        Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" tabindex=\"0\" data-unit=\"{unit}\" ");
        Append($"aria-label=\"{Describe(title, lines, unit)}\">\n");
        foreach (var tick in y.Ticks)
        {
            Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y.Of(tick):F1}\" y2=\"{y.Of(tick):F1}\"/>");
            Append($"<text x=\"{Left - 6}\" y=\"{y.Of(tick) + 4:F1}\" text-anchor=\"end\">{Label(tick)}</text>\n");
        }

        foreach (var tick in x.Ticks)
        {
            Append($"<text x=\"{x.Of(tick):F1}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Label(tick)}</text>\n");
        }

        foreach (var line in lines)
        {
            CurvePoint[] points = [.. Thinned(line.Points)];
            string[] places = [.. points.Select(point => Invariant($"{x.Of(point.Step):F1},{y.Of(point.Value):F1}"))];

            // A line of one point would not be seen: it is a dot.
            var (path, dot) = places is [var only] ? ($"{only} {only}", " dot") : (string.Join(' ', places), "");
            Append($"<polyline class=\"line s{line.Series % 6}{dot}\" points=\"{path}\"/>");
            var data = JsonSerializer.Serialize(points.Select(point => new object[]
            {
                Math.Round(x.Of(point.Step), 1), point.Step, point.Value.ToString("G5", CultureInfo.InvariantCulture),
            }));
            Append($"<desc data-run=\"{ReportPage.Text(line.Name)}\" data-points=\"{ReportPage.Text(data)}\"/>\n");
        }

        Append($"<line class=\"cursor\" y1=\"{Top}\" y2=\"{Height - Bottom}\" x1=\"-9\" x2=\"-9\"/></svg></figure>\n");
        return chart.ToString();

        void Append(FormattableString text) => chart.Append(Invariant(text));
    }

    /// <summary>At most <see cref="MostPoints"/> of them, extremes among them.</summary>
    internal static IEnumerable<CurvePoint> Thinned(IReadOnlyList<CurvePoint> points)
    {
        if (points.Count <= MostPoints)
        {
            return points;
        }

        var size = (points.Count + (MostPoints / 2) - 1) / (MostPoints / 2);
        return points.Chunk(size).SelectMany(stretch =>
        {
            var (least, greatest) = (stretch.MinBy(point => point.Value), stretch.MaxBy(point => point.Value));
            return new[] { least, greatest }.Distinct().OrderBy(point => point.Step);
        });
    }

    private static string Describe(string title, IReadOnlyList<CurveLine> lines, string unit) => ReportPage.Text(string.Join(
        "; ",
        from line in lines
        let first = line.Points[0]
        let last = line.Points[^1]
        select Invariant($"{title} of {line.Name}: {first.Value:G4} at {unit} {first.Step}, ")
            + Invariant($"{last.Value:G4} at {unit} {last.Step}")));

    private static string Label(double value) => Math.Abs(value) is >= 1e5 or (> 0 and < 1e-3)
        ? value.ToString("0.#e0", CultureInfo.InvariantCulture)
        : value.ToString("G5", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>An axis of a chart: numbers to pixels.</summary>
/// <param name="least">The least number.</param>
/// <param name="greatest">The greatest.</param>
/// <param name="from">Where the least lies.</param>
/// <param name="to">Where the greatest lies.</param>
/// <param name="isLogarithmic">Whether equal factors are equal distances.</param>
internal sealed class ChartAxis(double least, double greatest, double from, double to, bool isLogarithmic)
{
    private const int WantedTicks = 5;
    private static readonly double[] Round = [1, 2, 5, 10];

    /// <summary>Round numbers on the axis: of 1, 2 and 5 times powers of ten.</summary>
    public IReadOnlyList<double> Ticks { get; } = isLogarithmic ? Decades(least, greatest) : Steps(least, greatest);

    /// <summary>Where a number lies.</summary>
    public double Of(double value)
    {
        var part = greatest <= least ? 0.5
            : isLogarithmic ? Math.Log(value / least) / Math.Log(greatest / least)
            : (value - least) / (greatest - least);
        return from + (part * (to - from));
    }

    private static double[] Steps(double least, double greatest)
    {
        if (greatest <= least)
        {
            return [least];
        }

        var rough = (greatest - least) / WantedTicks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Round.Select(factor => factor * power).First(size => size >= rough * 0.999);
        var first = (long)Math.Ceiling((least / step) - 1e-9);
        var last = (long)Math.Floor((greatest / step) + 1e-9);
        // Through decimal, which has no 0.30000000000000004.
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Math.Round((first + i) * step, 12))];
    }

    private static double[] Decades(double least, double greatest)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(least)), (int)Math.Ceiling(Math.Log10(greatest)));
        double[] factors = last - first > WantedTicks ? [1] : [1, 2, 5];
        return
        [
            .. from power in Enumerable.Range(first, last - first + 1)
               from factor in factors
               let tick = factor * Math.Pow(10, power)
               where tick >= least * 0.999 && tick <= greatest * 1.001
               select tick,
        ];
    }
}
