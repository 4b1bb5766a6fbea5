using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Reporting;

/// <summary>Shows how far work has come that takes a while: on a terminal, a bar with the time left; else a line each
/// minute.</summary>
/// <remarks>Work that is done sooner than in two seconds shows nothing. It is drawn from a thread of its own, so that time goes
/// on where the work does not tell.</remarks>
internal sealed class WorkProgress
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineInterval = TimeSpan.FromMinutes(1);

    private readonly Lock use = new();
    private readonly IAnsiConsole console;
    private readonly LiveArea? area;
    private readonly Func<TimeSpan> elapsed;
    private TimeSpan nextDrawing = Delay;
    private TimeSpan nextLine = LineInterval;
    private (string What, long Total) told;
    private (long Done, TimeSpan Time) first;
    private long done;

    /// <param name="console">Where it is shown.</param>
    /// <param name="area">Where a terminal draws it; null for lines.</param>
    /// <param name="elapsed">The time since the work began.</param>
    internal WorkProgress(IAnsiConsole console, LiveArea? area, Func<TimeSpan> elapsed) =>
        (this.console, this.area, this.elapsed, told) = (console, area, elapsed, ("", 0));

    /// <summary>Tells how far work is.</summary>
    /// <param name="what">What is counted, images; or what is done, where nothing is.</param>
    /// <param name="done">How much is done.</param>
    /// <param name="total">Of how much; 0 where nothing is counted.</param>
    public delegate void Telling(string what, long done, long total);

    /// <summary>Does the work, which tells at its start and then again and again how much is done.</summary>
    /// <param name="console">Where it is shown; null for nowhere.</param>
    /// <param name="unit">What is counted: images.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="work">Done at once.</param>
    public static T Show<T>(IAnsiConsole? console, string unit, long total, Func<Action<long>, T> work) =>
        Follow(console, tell => work(done => tell(unit, done, total)));

    /// <summary>The same for work that is timed: it is shown only when the work tells, and by its own thread.</summary>
    /// <inheritdoc cref="Show"/>
    public static T Between<T>(IAnsiConsole? console, string unit, long total, Func<Action<long>, T> work) => Follow(
        console, tell => work(done => tell(unit, done, total)), isTimed: true);

    /// <summary>Does work in which nothing can be counted.</summary>
    /// <param name="console">Where it is shown; null for nowhere.</param>
    /// <param name="what">What is done: reading the model.</param>
    /// <param name="work">Done at once.</param>
    public static T Wait<T>(IAnsiConsole? console, string what, Func<T> work) => Follow(console, tell =>
    {
        tell(what, 0, 0);
        return work();
    });

    /// <summary>Does work of several parts.</summary>
    /// <param name="console">Where it is shown; null for nowhere.</param>
    /// <param name="work">Done at once.</param>
    /// <param name="isTimed">Whether it is shown only when the work tells, and by its own thread.</param>
    public static T Follow<T>(IAnsiConsole? console, Func<Telling, T> work, bool isTimed = false)
    {
        if (console is null)
        {
            return work((_, _, _) => { });
        }

        var began = Stopwatch.GetTimestamp();
        using var area = console.IsLive() ? new LiveArea(console, LiveArea.CutsLines) : null;
        var progress = new WorkProgress(console, area, () => Stopwatch.GetElapsedTime(began));
        using var timer = isTimed ? null : new Timer(_ => progress.Draw(), null, Delay, Interval);
        try
        {
            return work(isTimed ? progress.TellAndDraw : progress.Tell);
        }
        finally
        {
            // No drawing may come behind what the program says next.
            using var ended = new ManualResetEvent(initialState: false);
            if (timer?.Dispose(ended) == true)
            {
                ended.WaitOne();
            }

            area?.Clear();
        }
    }

    /// <inheritdoc cref="Telling"/>
    internal void Tell(string what, long done, long total)
    {
        lock (use)
        {
            if (told != (what, total))
            {
                (told, first) = ((what, total), (done, elapsed()));
            }

            this.done = done;
        }
    }

    private void TellAndDraw(string what, long done, long total)
    {
        Tell(what, done, total);
        Draw();
    }

    /// <summary>Shows what was told last, where it is time to.</summary>
    internal void Draw()
    {
        lock (use)
        {
            var now = elapsed();
            if (told.What.Length == 0 || now < (area is null ? nextLine : nextDrawing))
            {
                return;
            }

            if (area is not null)
            {
                nextDrawing = now + Interval / 2; // less than the timer's, which is not exact
                area.Draw([Line(area.Columns, now)]);
                return;
            }

            nextLine += LineInterval;
            console.WriteWhole(told.Total > 0
                ? string.Join(", ", new[] { Counted, TimeLeft(now) }.Where(text => text.Length > 0))
                : $"{told.What}, {ProgressBar.Time(now)} so far");
        }
    }

    private string Counted => told.What == "%" ? $"{done} %" : $"{done}/{told.Total} {told.What}";

    private string TimeLeft(TimeSpan now) => ProgressBar.TimeLeft(first.Done, done, told.Total, now - first.Time);

    private IReadOnlyList<Segment> Line(int columns, TimeSpan now) => told.Total > 0
        ? ProgressBar.Line(
            columns, console.Profile.Capabilities.Unicode, done / (double)told.Total, Counted, TimeLeft(now))
        : [new Segment($"{told.What}  {ProgressBar.Time(now)}")];
}
