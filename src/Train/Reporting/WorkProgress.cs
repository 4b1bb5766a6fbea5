using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>A bar on a terminal for work that takes longer than two seconds; nothing elsewhere.</summary>
internal sealed class WorkProgress : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromMilliseconds(100);
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly ProgressLine? line;
    private TimeSpan next = Patience;

    public WorkProgress(IAnsiConsole console)
    {
        var profile = console.Profile;
        line = profile.Capabilities.Interactive && profile.Capabilities.Ansi && profile.Out.IsTerminal
            ? new ProgressLine(profile.Out.Writer, () => profile.Width, profile.Capabilities.Unicode)
            : null;
    }

    /// <summary>Says which part is done.</summary>
    public void Report(double fraction)
    {
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (line is null || elapsed < next || fraction <= 0)
        {
            return;
        }

        next = elapsed + Interval;
        var left = elapsed * ((1 - fraction) / fraction);
        line.Draw(fraction, string.Create(
            CultureInfo.InvariantCulture, $"{(long)left.TotalHours}:{left.Minutes:D2}:{left.Seconds:D2} left"));
    }

    public void Dispose() => line?.Dispose();
}
