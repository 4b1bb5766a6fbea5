using System.Text;

namespace IlgpuVq.Autograd.Printing;

/// <summary>A tape as a flowchart in Mermaid's language: inputs with round ends, ops as boxes.</summary>
internal static class TapeMermaid
{
    public static string Print(
        IReadOnlyList<TapeNode> nodes, Func<TapeNode, string>? groupOf = null, params ReadOnlySpan<TapeColumn> lines)
    {
        var text = new StringBuilder("flowchart TD\n");
        string? group = null;
        var groups = 0;
        foreach (var node in nodes)
        {
            if (groupOf?.Invoke(node) is { } its && its != group)
            {
                text.Append(group is null ? "" : "    end\n").Append($"    subgraph g{groups++}[\"{Escape(its)}\"]\n");
                group = its;
            }

            var label = new StringBuilder($"\"%{node.Id} {Escape(node.Op)}<br>{node.Shape}");
            foreach (var line in lines)
            {
                label.Append(line.Of(node) is { Length: > 0 } value ? $"<br>{line.Title} {Escape(value)}" : "");
            }

            label.Append('"');
            text.Append($"    v{node.Id}").Append(node.Inputs.Count == 0 ? $"([{label}])" : $"[{label}]").Append('\n');
        }

        text.Append(group is null ? "" : "    end\n");
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs)
            {
                var arrow = node.RequiresGradient && nodes[input].RequiresGradient ? "-->" : "-.->";
                text.Append($"    v{input} {arrow} v{node.Id}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Names of leaves are free text; a label ends at a quote and reads HTML.</summary>
    private static string Escape(string name) =>
        name.Replace("&", "&amp;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
