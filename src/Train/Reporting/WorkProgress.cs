using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Shows how far work has come that takes a while: on a terminal, a bar with the time left; to a pipe,
/// nothing.</summary>
/// <remarks>Work that is done sooner than in two seconds shows nothing.</remarks>
internal sealed class WorkProgress
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ProgressLine line;
    private readonly string unit;
    private readonly long total;
    private readonly Func<TimeSpan> elapsed;
    private (long Done, TimeSpan Time)? start;
    private TimeSpan nextDrawing;

    /// <param name="line">Where the bar is drawn.</param>
    /// <param name="unit">What is counted: images.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="elapsed">The time since the work began.</param>
    internal WorkProgress(ProgressLine line, string unit, long total, Func<TimeSpan> elapsed) =>
        (this.line, this.unit, this.total, this.elapsed) = (line, unit, total, elapsed);

    /// <summary>Does the work, which tells at its start and then again and again how much is done.</summary>
    public static T Show<T>(IAnsiConsole console, string unit, long total, Func<Action<long>, T> work)
    {
        var profile = console.Profile;
        if (!profile.Capabilities.Interactive || !profile.Capabilities.Ansi || !profile.Out.IsTerminal)
        {
            return work(_ => { });
        }

        using var line = new ProgressLine(profile.Out.Writer, () => profile.Width, profile.Capabilities.Unicode);
        var began = Stopwatch.GetTimestamp();
        return work(new WorkProgress(line, unit, total, () => Stopwatch.GetElapsedTime(began)).Advance);
    }

    /// <summary>Tells how much is done; at the first time, how much was done before.</summary>
    internal void Advance(long done)
    {
        var now = elapsed();
        var (first, began) = start ??= (done, now);
        if (now - began < Delay || now < nextDrawing)
        {
            return;
        }

        nextDrawing = now + Interval;
        line.Draw(
            done / (double)total, string.Create(CultureInfo.InvariantCulture, $"{done}/{total} {unit}"),
            ProgressLine.TimeLeft(first, done, total, now - began));
    }
}
