using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Reporting;

/// <summary>Lines at the bottom of a terminal that are drawn again and again, under lines that stay.</summary>
/// <remarks>
/// <para>The cursor rests in an empty line below them. What a terminal shows there, such as <c>^C</c>, or a shell after a sudden
/// end, begins a line of its own; and nothing else of the terminal is changed, so that any end leaves it as it was.</para>
/// <para>The size is asked for at each drawing. A terminal that became narrower has broken the old lines into several rows, all
/// of which are removed; xterm and screen cut lines instead.</para>
/// <para>Any thread may call. A terminal that is gone, as when its window is closed, gets nothing any more; the work goes
/// on.</para>
/// </remarks>
internal sealed class LiveArea : IDisposable
{
    private readonly Lock use = new();
    private readonly IAnsiConsole console;
    private readonly bool cutsLines;
    private int[] drawn = [];
    private bool isGone;

    /// <param name="console">The terminal; until the end, <see cref="ConsoleLines.WriteWhole"/> of it writes above.</param>
    /// <param name="cutsLines">Whether it cuts lines when it becomes narrower.</param>
    public LiveArea(IAnsiConsole console, bool cutsLines)
    {
        (this.console, this.cutsLines) = (console, cutsLines);
        console.WriteAbove(this);
    }

    /// <summary>Cells of a line. The last column stays free: some terminals begin a new line behind it.</summary>
    public int Columns => Math.Max(1, console.Profile.Width - 1);

    /// <summary>Lines that there is room for.</summary>
    private int Rows => Math.Max(1, console.Profile.Height - 1);

    /// <summary>Whether this terminal is one of those.</summary>
    public static bool CutsLines { get; } =
        new[] { "XTERM_VERSION", "STY" }.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 });

    /// <summary>Draws lines in the place of those before, the most important first.</summary>
    public void Draw(IEnumerable<IReadOnlyList<Segment>> lines)
    {
        Show(() =>
        {
            var shown = lines.Take(Rows).Select(line => Segment.Truncate(line, Columns)).ToArray();
            console.Write(new Frame(ToStart(), shown));
            drawn = Array.ConvertAll(shown, Segment.CellCount);
        });
    }

    /// <summary>Writes a line that stays, where the others were.</summary>
    public void Above(string line) => Show(() =>
    {
        console.Profile.Out.Writer.WriteLine(Erasure() + line);
        drawn = [];
    });

    /// <summary>Removes the lines.</summary>
    public void Clear() => Show(() =>
    {
        console.Profile.Out.Writer.Write(Erasure());
        drawn = [];
    });

    /// <summary>Ends; the lines stay as they are.</summary>
    public void Dispose() => console.WriteAbove(null);

    private void Show(Action write)
    {
        lock (use)
        {
            if (isGone)
            {
                return;
            }

            try
            {
                write();
                console.Profile.Out.Writer.Flush();
            }
            catch (IOException)
            {
                isGone = true;
            }
        }
    }

    private string Erasure() => drawn.Length == 0 ? "" : ToStart() + "\x1b[J";

    private string ToStart()
    {
        var width = Math.Max(1, console.Profile.Width);
        var rows = drawn.Sum(cells => cutsLines || cells == 0 ? 1 : (cells - 1) / width + 1);
        return rows > 0 ? $"\x1b[{rows}A\r" : "";
    }

    /// <summary>Lines over older ones, whose rests are erased.</summary>
    private sealed class Frame(string toStart, IEnumerable<IEnumerable<Segment>> lines) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        [
            Segment.Control(toStart),
            .. lines.SelectMany(line => line.Append(Segment.Control("\x1b[K")).Append(Segment.LineBreak)),
            Segment.Control("\x1b[J"),
        ];
    }
}
