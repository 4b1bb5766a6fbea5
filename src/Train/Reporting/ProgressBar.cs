using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Reporting;

/// <summary>A line with a bar, and beside it what there is room for.</summary>
internal static class ProgressBar
{
    private const int LeastCells = 6;
    private const int MostCells = 40;
    private const string Parts = "▏▎▍▌▋▊▉";
    private static readonly Style Done = new(Color.Green);
    private static readonly Style Rest = new(Color.Grey);

    /// <summary>How long the rest takes at the pace so far; empty while nothing is done.</summary>
    /// <param name="first">What was done before.</param>
    /// <param name="done">What is done now.</param>
    /// <param name="total">What there is to do.</param>
    /// <param name="elapsed">The time since <paramref name="first"/>.</param>
    public static string TimeLeft(long first, long done, long total, TimeSpan elapsed) =>
        done <= first ? "" : $"{Time(elapsed * ((total - done) / (double)(done - first)))} left";

    /// <summary>Hours, minutes and seconds.</summary>
    public static string Time(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}");

    /// <summary>A bar and as many of the texts as there is room for, the most important first.</summary>
    /// <param name="columns">Cells of the line.</param>
    /// <param name="hasBlocks">Whether the terminal shows parts of a cell as characters.</param>
    /// <param name="fraction">How much is done.</param>
    /// <param name="texts">What stands beside it; empty ones are left out.</param>
    public static IReadOnlyList<Segment> Line(int columns, bool hasBlocks, double fraction, params ReadOnlySpan<string> texts)
    {
        var right = "";
        foreach (var text in texts)
        {
            if (text.Length > 0 && LeastCells + right.Length + 2 + text.Length <= columns)
            {
                right += $"  {text}";
            }
        }

        var cells = Math.Min(MostCells, columns - right.Length);
        var filled = Filled(fraction, cells, hasBlocks);
        var rest = new string(hasBlocks ? '·' : '.', cells - filled.Length);
        return [new Segment(filled, Done), new Segment(rest, Rest), new Segment(right)];
    }

    /// <summary>What is done of so many cells, by eighths of one.</summary>
    private static string Filled(double fraction, int cells, bool hasBlocks)
    {
        var eighths = (int)Math.Ceiling(Math.Clamp(fraction, 0, 1) * cells * 8);
        return !hasBlocks ? new string('#', (eighths + 7) / 8)
            : new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : Parts[eighths % 8 - 1]);
    }
}
