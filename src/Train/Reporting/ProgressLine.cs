using System.Globalization;
using System.Text;

namespace IlgpuVq.Train.Reporting;

/// <summary>One line at the bottom of a terminal that is drawn again and again, under lines that stay.</summary>
/// <remarks>The width is asked for at each drawing. A terminal that became narrower has broken the old line into several; all of
/// them are removed.</remarks>
/// <param name="output">The terminal.</param>
/// <param name="width">Its columns now.</param>
/// <param name="hasBlocks">Whether it shows parts of a cell as characters.</param>
internal sealed class ProgressLine(TextWriter output, Func<int> width, bool hasBlocks) : IDisposable
{
    private const int LeastBar = 6;
    private const int MostBar = 40;
    private const string Parts = "·▏▎▍▌▋▊▉";
    private int drawn;

    /// <summary>How long the rest takes at the pace so far, for such a line; empty while nothing is done.</summary>
    /// <param name="first">What was done before.</param>
    /// <param name="done">What is done now.</param>
    /// <param name="total">What there is to do.</param>
    /// <param name="elapsed">The time since <paramref name="first"/>.</param>
    public static string TimeLeft(long first, long done, long total, TimeSpan elapsed)
    {
        if (done <= first)
        {
            return "";
        }

        var left = elapsed * ((total - done) / (double)(done - first));
        return string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalHours}:{left.Minutes:D2}:{left.Seconds:D2} left");
    }

    /// <summary>Draws a bar and as many of the texts as there is room for, the most important first.</summary>
    public void Draw(double fraction, params ReadOnlySpan<string> texts)
    {
        // The last column stays free: some terminals begin a new line behind it.
        var room = Math.Max(1, width() - 1);
        var right = new StringBuilder();
        foreach (var text in texts)
        {
            if (text.Length > 0 && LeastBar + right.Length + 2 + text.Length <= room)
            {
                right.Append("  ").Append(text);
            }
        }

        var line = Bar(fraction, Math.Min(MostBar, room - right.Length)) + right;
        output.Write(Erasure() + line);
        output.Flush();
        drawn = line.Length;
    }

    /// <summary>Writes a line that stays, where the bar was.</summary>
    public void Above(string line)
    {
        output.WriteLine(Erasure() + line);
        drawn = 0;
    }

    public void Dispose()
    {
        output.Write(Erasure());
        output.Flush();
        drawn = 0;
    }

    private string Erasure()
    {
        if (drawn == 0)
        {
            return "";
        }

        var rows = (drawn - 1) / Math.Max(1, width()) + 1;
        return (rows > 1 ? $"\x1b[{rows - 1}A" : "") + "\r\x1b[J";
    }

    /// <summary>A bar of so many cells that grows by eighths of one.</summary>
    private string Bar(double fraction, int cells)
    {
        var eighths = (int)Math.Ceiling(Math.Clamp(fraction, 0, 1) * cells * 8);
        var whole = eighths / 8;
        return hasBlocks
            ? new string('█', whole) + (whole < cells ? Parts[eighths % 8] + new string('·', cells - whole - 1) : "")
            : new string('#', (eighths + 7) / 8).PadRight(cells, '.');
    }
}
