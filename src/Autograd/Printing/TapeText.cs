using System.Globalization;
using System.Text;

namespace IlgpuVq.Autograd.Printing;

/// <summary>A tape as a table for people: one line per variable.</summary>
internal static class TapeText
{
    private const string ColumnGap = "  ";

    public static string Print(IReadOnlyList<TapeNode> nodes, params ReadOnlySpan<TapeColumn> others)
    {
        TapeColumn[] columns =
        [
            new("id", IsNumber: false, node => $"%{node.Id}"),
            new("shape", IsNumber: false, node => $"{node.Shape}"),
            new("bytes", IsNumber: true, node => node.IsHeld ? Number(node.Bytes) : "released"),
            .. others,
            new("op", IsNumber: false, Call),
            new("backward", IsNumber: false, Backward),
        ];
        string[][] rows = [[.. columns.Select(column => column.Title)], .. nodes.Select(node => Row(columns, node))];
        var widths = columns.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            // Numbers to the right, words to the left.
            var cells = row.Select((cell, i) => columns[i].IsNumber ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append(string.Join(ColumnGap, cells).TrimEnd()).Append('\n');
        }

        return text.Append(Totals(nodes)).Append('\n').ToString();
    }

    private static string[] Row(TapeColumn[] columns, TapeNode node) => [.. columns.Select(column => column.Of(node))];

    private static string Number(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);

    private static string Call(TapeNode node)
    {
        var inputs = string.Join(", ", node.Inputs.Select(input => $"%{input}"));
        return inputs.Length == 0 ? node.Op : $"{node.Op}({inputs})";
    }

    private static string Backward(TapeNode node) => !node.RequiresGradient ? "no gradient"
        : node is { HoldsSaved: true, Saved.Count: > 0 }
            ? $"gradient, keeps {string.Join(", ", node.Saved.Select(saved => saved.Description))}"
            : "gradient";

    private static string Totals(IReadOnlyList<TapeNode> nodes)
    {
        var values = nodes.Where(node => node.IsHeld).Sum(node => node.Bytes);
        var kept = nodes.Where(node => node.HoldsSaved).SelectMany(node => node.Saved).Sum(saved => saved.Bytes);
        return $"{nodes.Count} variables, {Number(values)} bytes of values (views counted as copies), "
            + $"{Number(kept)} bytes kept for backward besides";
    }
}
