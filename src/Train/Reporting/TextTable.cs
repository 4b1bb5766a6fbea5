using System.Text;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Rows of cells in columns, the first row being their names; the same on a terminal and in a file.</summary>
internal sealed class TextTable
{
    private const string Gap = "  ";
    private readonly List<string[]> rows = [];

    /// <param name="names">Of the columns.</param>
    public TextTable(params IEnumerable<string> names) => rows.Add([.. names]);

    /// <summary>Adds a row, with a cell for each column.</summary>
    public void Add(params IEnumerable<string> cells) => rows.Add([.. cells]);

    /// <summary>Writes all of it past the console, which would pad and break lines.</summary>
    public void Show(IAnsiConsole console) => console.Profile.Out.Writer.Write(ToText());

    /// <summary>The lines; none ends with a space. Columns whose cells all start with a digit are flush right.</summary>
    internal string ToText()
    {
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var isNumber = rows[0].Select((_, column) => rows.Skip(1).All(row => row[column] is [>= '0' and <= '9', ..])).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var cells = row.Select(
                (cell, column) => isNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join(Gap, cells).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
