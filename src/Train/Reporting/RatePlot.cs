using System.Globalization;
using IlgpuVq.Train.Training;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace IlgpuVq.Train.Reporting;

/// <summary>Loss over learning rate: each step, the smoothed loss, and the rate that it suggests.</summary>
internal static class RatePlot
{
    /// <param name="curve">Of at least one step.</param>
    /// <param name="what">What was trained on what.</param>
    public static PlotModel Of(RateCurve curve, string what)
    {
        var plot = SvgPlot.Create($"Loss over learning rate, {what}", Describe(curve));
        plot.Axes.Add(SvgPlot.Axis<LogarithmicAxis>(AxisPosition.Bottom, "learning rate"));
        var loss = SvgPlot.Axis<LinearAxis>(AxisPosition.Left, "loss");
        loss.Maximum = Top(curve.Smoothed);
        plot.Axes.Add(loss);
        var steps = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 2, MarkerFill = OxyColors.LightGray };
        var smoothed = new LineSeries { Color = OxyColors.SteelBlue, StrokeThickness = 2 };
        foreach (var (point, smooth) in curve.Points.Zip(curve.Smoothed))
        {
            steps.Points.Add(new ScatterPoint(point.Rate, point.Loss));
            smoothed.Points.Add(new DataPoint(point.Rate, smooth));
        }

        plot.Series.Add(steps);
        plot.Series.Add(smoothed);
        if (curve.Steepest is { } steepest)
        {
            plot.Annotations.Add(new LineAnnotation
            {
                Type = LineAnnotationType.Vertical,
                X = curve.Points[steepest].Rate,
                Color = OxyColors.IndianRed,
                LineStyle = LineStyle.Dash,
                Text = Rate(curve, steepest),
            });
        }

        return plot;
    }

    /// <summary>A rate to two digits, which is more than a search tells.</summary>
    public static string Rate(RateCurve curve, int point) =>
        curve.Points[point].Rate.ToString("0.0e-0", CultureInfo.InvariantCulture);

    /// <summary>Where the loss' axis ends: as far above the first loss as that is above the least, for the rise behind it would
    /// flatten the fall that is looked for; NaN for all of it.</summary>
    internal static double Top(IReadOnlyList<double> smoothed)
    {
        var top = (2 * smoothed[0]) - smoothed.Min();
        return top > smoothed[0] && top < smoothed.Max() ? top : double.NaN;
    }

    private static string Describe(RateCurve curve) => curve.Steepest is { } steepest
        ? $"falls steepest at {Rate(curve, steepest)}, least at {Rate(curve, curve.Least)}"
        : "falls nowhere";
}
