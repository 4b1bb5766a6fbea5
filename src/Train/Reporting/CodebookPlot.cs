using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace IlgpuVq.Train.Reporting;

/// <summary>A map of a codebook: each code at its first two principal components, coloured by its use; dead ones are grey
/// crosses.</summary>
internal static class CodebookPlot
{
    // A point is drawn smaller where more than so many would hide each other.
    private const int ManyCodes = 1024;

    private static readonly OxyColor Dead = OxyColors.Gray;

    /// <param name="title">Which codebook.</param>
    /// <param name="vectors">The codes (K, D).</param>
    /// <param name="width">D.</param>
    /// <param name="counts">How often each is used.</param>
    public static PlotModel Of(string title, ReadOnlySpan<float> vectors, int width, IReadOnlyList<double> counts)
    {
        var map = PrincipalComponents.Of(vectors, width);
        var outside = map.X.Count(double.IsNaN);
        var plot = SvgPlot.Create(
            title,
            Text($"{counts.Count} codes of {width} numbers, {counts.Count(count => count == 0)} dead (grey crosses)") +
                (outside > 0 ? Text($", {outside} not finite (not shown)") : ""));
        plot.PlotType = PlotType.Cartesian;
        plot.Axes.Add(SvgPlot.Axis<LinearAxis>(AxisPosition.Bottom, AxisTitle("first", map.ShareX)));
        plot.Axes.Add(SvgPlot.Axis<LinearAxis>(AxisPosition.Left, AxisTitle("second", map.ShareY)));
        var least = counts.Where(count => count > 0).DefaultIfEmpty(1).Min();
        plot.Axes.Add(new LogarithmicColorAxis
        {
            Position = AxisPosition.Right,
            Title = "times used",
            AxisTitleDistance = SvgPlot.TitleDistance,
            Palette = OxyPalettes.Viridis(64),
            LowColor = Dead,
            Minimum = least,
            Maximum = Math.Max(2 * least, counts.Max()),
        });
        var size = counts.Count > ManyCodes ? 2 : 4;
        var dead = new ScatterSeries { MarkerType = MarkerType.Cross, MarkerStroke = Dead, MarkerSize = size };
        var used = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = size };

        // The most used last, so that they lie above the others.
        foreach (var k in Enumerable.Range(0, counts.Count).Where(k => !double.IsNaN(map.X[k])).OrderBy(k => counts[k]))
        {
            (counts[k] > 0 ? used : dead).Points.Add(new ScatterPoint(map.X[k], map.Y[k], value: counts[k]));
        }

        plot.Series.Add(dead);
        plot.Series.Add(used);
        return plot;
    }

    private static string AxisTitle(string component, double share) =>
        Text($"{component} principal component ({100 * share:F1} % of the variance)");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
