using System.Globalization;
using System.Text;
using OxyPlot;
using OxyPlot.Axes;

namespace IlgpuVq.Train.Reporting;

/// <summary>The looks that all plots share, and their way into a file.</summary>
internal static class SvgPlot
{
    /// <summary>Between an axis' numbers and its title, in pixels.</summary>
    public const double TitleDistance = 10;

    private const int Width = 800;
    private const int Height = 500;
    private const double Padding = 0.05;

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
            AxisTitleDistance = TitleDistance,
            TicklineColor = OxyColors.Gray,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColors.WhiteSmoke,
            MinimumPadding = Padding,
            MaximumPadding = Padding,
        };

    /// <summary>A whole SVG file, which refers to nothing outside of it.</summary>
    /// <remarks>Without a document type, whose address readers of XML may ask for; text is placed without
    /// <c>dominant-baseline</c>, which not every viewer knows.</remarks>
    public static byte[] ToSvg(PlotModel plot) => Encoding.UTF8.GetBytes(new SvgExporter
    {
        Width = Width,
        Height = Height,
        IsDocument = false,
        UseVerticalTextAlignmentWorkaround = true,
        TextMeasurer = new RoomyText(),
    }.ExportToString(plot));

    /// <summary>Takes text for larger than the package does, so that it has room in whichever font a viewer has.</summary>
    private sealed class RoomyText() : PdfRenderContext(Width, Height, OxyColors.White)
    {
        private const double Room = 1.6;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            var size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new OxySize(Room * size.Width, Room * size.Height);
        }
    }
}
