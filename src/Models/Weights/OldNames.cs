using System.Text.RegularExpressions;

namespace IlgpuVq.Models.Weights;

/// <summary>Keys that earlier versions of diffusers wrote: attention had <c>query</c>, <c>key</c>, <c>value</c> and
/// <c>proj_attn</c>, 1×1 convolutions (C, C, 1, 1), where it has linear maps (C, C) <c>to_q</c>, <c>to_k</c>, <c>to_v</c> and
/// <c>to_out.0</c> now.</summary>
public static partial class OldNames
{
    /// <summary>The tensor under its present key and shape; itself where it has these.</summary>
    /// <param name="entry">Of a file.</param>
    public static TensorEntry Renew(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var name = Old().Match(entry.Name);
        if (name.Success)
        {
            var now = name.Groups[2].Value switch
            {
                "query" => "to_q",
                "key" => "to_k",
                "value" => "to_v",
                _ => "to_out.0",
            };
            entry = entry with { Name = $"{name.Groups[1].Value}{now}{name.Groups[3].Value}" };
        }

        return entry.Shape is [var to, var from, 1, 1] && Projection().IsMatch(entry.Name)
            ? entry with { Shape = [to, from] }
            : entry;
    }

    [GeneratedRegex(@"^(.*\.attentions\.[0-9]+\.)(query|key|value|proj_attn)(\.(?:weight|bias))$", RegexOptions.CultureInvariant)]
    private static partial Regex Old();

    [GeneratedRegex(@"\.attentions\.[0-9]+\.to_(q|k|v|out\.0)\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex Projection();
}
