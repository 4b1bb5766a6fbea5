using System.Text;

namespace IlgpuVq.Autograd.Printing;

/// <summary>A tape as a flowchart in Mermaid's language: inputs with round ends, ops as boxes.</summary>
internal static class TapeMermaid
{
    public static string Print(Tape tape)
    {
        var text = new StringBuilder("flowchart TD\n");
        foreach (var variable in tape.Variables)
        {
            var label = $"\"%{variable.Id} {Escape(variable.Op)}<br>{variable.Shape}\"";
            text.Append($"    v{variable.Id}").Append(variable.Inputs.Count == 0 ? $"([{label}])" : $"[{label}]").Append('\n');
        }

        foreach (var variable in tape.Variables)
        {
            foreach (var input in variable.Inputs)
            {
                var arrow = variable.RequiresGradient && input.RequiresGradient ? "-->" : "-.->";
                text.Append($"    v{input.Id} {arrow} v{variable.Id}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Names of leaves are free text; a label ends at a quote and reads HTML.</summary>
    private static string Escape(string name) =>
        name.Replace("&", "&amp;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
