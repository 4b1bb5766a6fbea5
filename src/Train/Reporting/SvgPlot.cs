using System.Globalization;
using System.Text;
using OxyPlot;
using OxyPlot.Axes;

namespace IlgpuVq.Train.Reporting;

/// <summary>The looks that all plots share, and their way into a file.</summary>
internal static class SvgPlot
{
    private const int Width = 800;
    private const int Height = 500;

    /// <summary>An empty plot on white.</summary>
    public static PlotModel Create(string title, string subtitle) => new()
    {
        Title = title,
        Subtitle = subtitle,
        Background = OxyColors.White,
        Culture = CultureInfo.InvariantCulture,
        TitleFontSize = 16,
        PlotAreaBorderColor = OxyColors.Gray,
    };

    /// <summary>An axis with faint lines behind the plot.</summary>
    public static TAxis Axis<TAxis>(AxisPosition position, string title)
        where TAxis : Axis, new() => new()
        {
            Position = position,
            Title = title,
            TicklineColor = OxyColors.Gray,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColors.WhiteSmoke,
        };

    /// <summary>A whole SVG file, which refers to nothing outside of it.</summary>
    public static byte[] ToSvg(PlotModel plot) =>
        Encoding.UTF8.GetBytes(new SvgExporter { Width = Width, Height = Height }.ExportToString(plot));
}
