using System.Globalization;
using System.Text;
using Spectre.Console;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>A terminal that a console writes to: it understands what the program sends, and shows what a person sees.</summary>
/// <remarks>When it becomes narrower, it breaks its lines anew, as most do, or cuts them, as xterm does.</remarks>
internal sealed class TerminalScreen : TextWriter, IAnsiConsoleOutput
{
    private readonly bool cutsLines;
    private readonly StringBuilder all = new();
    private readonly List<StringBuilder> rows = [new()];

    /// <summary>Rows that go on in the next.</summary>
    private readonly HashSet<StringBuilder> broken = [];
    private int row, column;
    private string escape = "";

    public TerminalScreen(int width, int height = 100, bool cutsLines = false)
        : base(CultureInfo.InvariantCulture) => (Width, Height, this.cutsLines) = (width, height, cutsLines);

    /// <summary>All that was written, escape sequences too.</summary>
    public string Raw => all.ToString();

    /// <summary>The rows from the first that was ever shown, without empty ones at the end.</summary>
    public string[] Rows
    {
        get
        {
            lock (rows)
            {
                var count = rows.FindLastIndex(text => text.ToString().Trim().Length > 0) + 1;
                return [.. rows.Select(text => text.ToString().TrimEnd()).Take(count)];
            }
        }
    }

    public override Encoding Encoding => Encoding.UTF8;

    public TextWriter Writer => this;

    public bool IsTerminal { get; init; } = true;

    /// <summary>Whether a person has closed the window.</summary>
    public bool IsGone { get; set; }

    public int Width { get; private set; }

    public int Height { get; private set; }

    public void SetEncoding(Encoding encoding)
    {
    }

    /// <summary>The program's console.</summary>
    public IAnsiConsole Open(ColorSystemSupport colors = ColorSystemSupport.NoColors, bool ansi = true, bool interactive = true)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = colors,
            Out = this,
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>A person drags the window's edge.</summary>
    public void Resize(int width)
    {
        if (cutsLines)
        {
            Width = width;
            foreach (var text in rows.Where(text => text.Length > width))
            {
                text.Length = width;
            }

            return;
        }

        var lines = new List<StringBuilder>();
        var (cursor, goesOn) = (0, false);
        for (var i = 0; i < rows.Count; i++)
        {
            if (!goesOn)
            {
                lines.Add(new());
            }

            cursor = i == row ? lines.Count - 1 : cursor;
            lines[^1].Append(rows[i]);
            goesOn = broken.Contains(rows[i]);
        }

        Width = width;
        rows.Clear();
        broken.Clear();
        for (var i = 0; i < lines.Count; i++)
        {
            row = i == cursor ? rows.Count : row;
            for (var at = 0; at == 0 || at < lines[i].Length; at += width)
            {
                var length = Math.Min(width, lines[i].Length - at);
                rows.Add(new(lines[i].ToString(at, length)));
                if (at + width < lines[i].Length)
                {
                    broken.Add(rows[^1]);
                }
            }
        }
    }

    public override void Write(char value)
    {
        lock (rows)
        {
            if (IsGone)
            {
                throw new IOException("Input/output error");
            }

            Read(value);
        }
    }

    private void Read(char value)
    {
        all.Append(value);
        if (escape.Length > 0 || value == '\x1b')
        {
            escape += value;
            if (escape.Length > 2 && char.IsAsciiLetter(value))
            {
                Obey(value, escape[2..^1]);
                escape = "";
            }
        }
        else if (value == '\r')
        {
            column = 0;
        }
        else if (value == '\n')
        {
            (row, column) = (row + 1, 0); // as a terminal's driver does
        }
        else
        {
            Put(value);
        }

        while (rows.Count <= row)
        {
            rows.Add(new());
        }
    }

    private void Put(char value)
    {
        if (column == Width)
        {
            broken.Add(rows[row]);
            (row, column) = (row + 1, 0);
            if (rows.Count <= row)
            {
                rows.Add(new());
            }
        }

        var text = rows[row];
        text.Append(' ', Math.Max(0, column + 1 - text.Length));
        text[column++] = value;
    }

    private void Obey(char command, string number)
    {
        switch (command)
        {
            case 'A':
                row = Math.Max(Math.Max(0, rows.Count - Height), row - int.Parse(number, CultureInfo.InvariantCulture));
                break;
            case 'K':
                rows[row].Length = Math.Min(column, rows[row].Length);
                broken.Remove(rows[row]);
                break;
            case 'J':
                rows[row].Length = Math.Min(column, rows[row].Length);
                rows.RemoveRange(row + 1, rows.Count - row - 1);
                break;
            case 'm':
                break;
            default:
                throw new InvalidOperationException($"no such command: {command}");
        }
    }
}
