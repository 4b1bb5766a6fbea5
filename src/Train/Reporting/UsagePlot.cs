using System.Globalization;
using IlgpuVq.Train.Training;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace IlgpuVq.Train.Reporting;

/// <summary>How often each code of a grid is used, from the most used to the dead ones: an area, or a line for each of several
/// levels.</summary>
internal static class UsagePlot
{
    /// <summary>Stairs of a line: of more codes, neighbours in the order share one.</summary>
    public const int MostStairs = 1024;

    // Below a count of 1, where a logarithm has no place for 0.
    private const double Floor = 0.5;

    /// <param name="grid">How its codes are used.</param>
    /// <param name="data">By which images.</param>
    public static PlotModel Of(GridUsage grid, string data)
    {
        var plot = SvgPlot.Create(
            $"Use of {grid.Name} by {data}",
            Text($"perplexity {grid.Perplexity:F1}, {grid.CodesUsed} codes in use, {grid.DeadCodes} dead"));
        var codes = grid.Levels.Max(level => level.Counts.Count);
        var top = Math.Max(1, grid.Levels.Max(level => level.Counts.Max()));
        var x = SvgPlot.Axis<LinearAxis>(AxisPosition.Bottom, "codes, the most used first");
        var y = SvgPlot.Axis<LogarithmicAxis>(AxisPosition.Left, "times used");
        (x.Minimum, x.Maximum, y.Minimum, y.Maximum) = (0, codes, Floor, 2 * top);
        plot.Axes.Add(x);
        plot.Axes.Add(y);
        if (grid.Levels is [var only])
        {
            plot.Series.Add(Area(only));
            Mark(plot, only);
        }
        else
        {
            AddLines(plot, grid.Levels);
        }

        return plot;
    }

    /// <summary>Where each stair begins, and its mean; those of codes in use, of K codes in all.</summary>
    internal static IReadOnlyList<(double From, double To, double Count)> Stairs(IReadOnlyList<double> counts)
    {
        double[] sorted = [.. counts.Where(count => count > 0).OrderDescending()];
        var stairs = Math.Min(sorted.Length, MostStairs);
        return [.. Enumerable.Range(0, stairs).Select(i =>
        {
            var (from, to) = (Edge(i), Edge(i + 1));
            return ((double)from, (double)to, sorted[from..to].Average());
        })];

        int Edge(int stair) => (int)((long)sorted.Length * stair / stairs);
    }

    private static AreaSeries Area(LevelUsage level)
    {
        var area = new AreaSeries
        {
            Color = OxyColors.SteelBlue,
            Fill = OxyColor.FromAColor(120, OxyColors.SteelBlue),
            ConstantY2 = Floor,
        };
        area.Points.AddRange(Points(level));
        return area;
    }

    /// <summary>Marks an even use of all codes, and the dead ones.</summary>
    private static void Mark(PlotModel plot, LevelUsage level)
    {
        var codes = level.Counts.Count;
        if (level.DeadCodes > 0)
        {
            plot.Annotations.Add(new RectangleAnnotation
            {
                MinimumX = level.CodesUsed,
                MaximumX = codes,
                Fill = OxyColor.FromAColor(50, OxyColors.IndianRed),
                Text = level.DeadCodes > codes / 8 ? Text($"{level.DeadCodes} dead") : "",
            });
        }

        var even = level.Counts.Sum() / codes;
        if (even > Floor)
        {
            plot.Annotations.Add(new LineAnnotation
            {
                Type = LineAnnotationType.Horizontal,
                Y = even,
                Color = OxyColors.DimGray,
                LineStyle = LineStyle.Dash,
                Text = "if all were used alike",
            });
        }
    }

    private static void AddLines(PlotModel plot, IReadOnlyList<LevelUsage> levels)
    {
        var colours = OxyPalettes.Viridis(levels.Count).Colors;
        for (var l = 0; l < levels.Count; l++)
        {
            var line = new LineSeries
            {
                Color = colours[l],
                Title = Text($"level {l}: perplexity {levels[l].Perplexity:F1}, {levels[l].DeadCodes} dead"),
            };
            line.Points.AddRange(Points(levels[l]));
            plot.Series.Add(line);
        }

        // Lines fall from the left, so that there is room below.
        plot.Legends.Add(new Legend
        {
            LegendPosition = LegendPosition.LeftBottom,
            LegendBackground = OxyColor.FromAColor(200, OxyColors.White),
        });
    }

    private static IEnumerable<DataPoint> Points(LevelUsage level) => Stairs(level.Counts).SelectMany(
        stair => new[] { new DataPoint(stair.From, stair.Count), new DataPoint(stair.To, stair.Count) });

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
