using System.Globalization;
using System.Text;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Names and values: in columns on a terminal, as <c>name: value</c> for a file or another program.</summary>
internal sealed class Figures
{
    private const int Gap = 3;
    private const int LeastValueWidth = 16;
    private readonly List<(string Name, string Value)> rows = [];

    public void Add(string name, FormattableString value) => rows.Add((name, value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Writes all of them.</summary>
    public void Show(IAnsiConsole console)
    {
        // Past the console, which would pad and break lines.
        var writer = console.Profile.Out.Writer;
        if (!console.Profile.Out.IsTerminal)
        {
            rows.ForEach(row => writer.WriteLine($"{row.Name}: {row.Value}"));
            return;
        }

        writer.Write(ToColumns(console.Profile.Width));
    }

    /// <summary>The text in so many columns: values are broken between words, and those without a place to break stay
    /// whole.</summary>
    internal string ToColumns(int width)
    {
        var indent = rows.Max(row => row.Name.Length) + Gap;
        var text = new StringBuilder();
        foreach (var (name, value) in rows)
        {
            text.Append(name.PadRight(indent));
            var room = Math.Max(LeastValueWidth, width - indent);
            var line = 0;
            foreach (var word in value.Split(' '))
            {
                if (line > 0 && line + 1 + word.Length > room)
                {
                    text.Append('\n').Append(' ', indent);
                    line = 0;
                }

                text.Append(line > 0 ? " " : "").Append(word);
                line += word.Length + (line > 0 ? 1 : 0);
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
