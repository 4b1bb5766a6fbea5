using System.Globalization;
using System.Text;
using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd.Printing;

/// <summary>A tape as a table for people: one line per variable.</summary>
internal static class TapeText
{
    private const string ColumnGap = "  ";
    private static readonly string[] Header = ["id", "shape", "bytes", "op", "backward"];

    public static string Print(Tape tape)
    {
        var rows = new List<string[]> { Header };
        foreach (var variable in tape.Variables)
        {
            rows.Add([$"%{variable.Id}", $"{variable.Shape}", Held(variable), Call(variable), Backward(variable)]);
        }

        var text = new StringBuilder();
        var widths = Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            // Numbers to the right, words to the left.
            var cells = row.Select((cell, column) => column == 2 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join(ColumnGap, cells).TrimEnd()).Append('\n');
        }

        return text.Append(Totals(tape)).Append('\n').ToString();
    }

    /// <summary>Bytes of a tensor of float or int.</summary>
    private static long BytesOf(Shape shape) => (long)sizeof(float) * shape.Size;

    private static string Held(Variable variable) => variable.HasValue ? Number(BytesOf(variable.Shape)) : "released";

    private static string Number(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);

    private static string Call(Variable variable)
    {
        var inputs = string.Join(", ", variable.Inputs.Select(input => $"%{input.Id}"));
        return inputs.Length == 0 ? variable.Op : $"{variable.Op}({inputs})";
    }

    private static string Backward(Variable variable)
    {
        if (!variable.RequiresGradient)
        {
            return "no gradient";
        }

        var saved = variable.Tape.SavedBy(variable);
        return saved.Count == 0 ? "gradient" : $"gradient, keeps {string.Join(", ", saved.Select(Describe))}";
    }

    private static string Describe(IDisposable saved) => saved switch
    {
        Tensor<float> tensor => $"float {tensor.Shape}",
        Tensor<int> tensor => $"int {tensor.Shape}",
        _ => saved.GetType().Name,
    };

    private static long BytesOf(IDisposable saved) => saved switch
    {
        Tensor<float> tensor => BytesOf(tensor.Shape),
        Tensor<int> tensor => BytesOf(tensor.Shape),
        _ => 0,
    };

    private static string Totals(Tape tape)
    {
        var values = tape.Variables.Where(variable => variable.HasValue).Sum(variable => BytesOf(variable.Shape));
        var kept = tape.Variables.SelectMany(tape.SavedBy).Sum(BytesOf);
        return $"{tape.Variables.Count} variables, {Number(values)} bytes of values (views counted as copies), "
            + $"{Number(kept)} bytes kept for backward besides";
    }
}
