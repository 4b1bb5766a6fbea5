using System.Globalization;
using System.Text;

namespace IlgpuVq.Train.Profiling;

/// <summary>The arrows of a tape in the margin beside its rows: each value has a lane from its row down to its last user's,
/// with a branch to each.</summary>
/// <param name="Svg">One unit wide for each lane, one high for each row; it is stretched to the rows' height.</param>
/// <param name="Lanes">How many there are.</param>
internal sealed record TapeMargin(string Svg, int Lanes)
{
    /// <summary>Beyond that, lanes are shared.</summary>
    private const int MostLanes = 12;

    /// <param name="nodes">The tape.</param>
    /// <param name="rows">The row of each node, by its number.</param>
    /// <param name="count">Rows, those of modules too.</param>
    public static TapeMargin Of(IReadOnlyList<ExplainedNode> nodes, int[] rows, int count)
    {
        var users = nodes.SelectMany(node => node.Node.Inputs.Distinct().Select(input => (Input: input, User: node)))
            .GroupBy(pair => pair.Input).ToDictionary(group => group.Key, group => group.Select(pair => pair.User).ToArray());
        List<List<(int From, int To)>> lanes = [];
        List<(int Lane, int Source)> placed = [];

        // Short ones first, so that they are nearest to the rows.
        foreach (var (source, its) in users.OrderBy(pair => LastRow(pair.Value) - rows[pair.Key]).ThenBy(pair => pair.Key))
        {
            var (from, to) = (rows[source], LastRow(its));
            var lane = lanes.FindIndex(taken => !taken.Any(span => span.From < to && from < span.To));
            if (lane < 0)
            {
                lane = Math.Min(lanes.Count, MostLanes - 1);
                if (lane == lanes.Count)
                {
                    lanes.Add([]);
                }
            }

            lanes[lane].Add((from, to));
            placed.Add((lane, source));
        }

        var svg = new StringBuilder(
            $"<svg viewBox=\"0 0 {lanes.Count + 1} {count}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
        foreach (var (lane, source) in placed)
        {
            // The lane's middle, counted from the rows; a corner takes a third of a row.
            var x = lanes.Count - lane - 0.5;
            var carries = nodes[source - nodes[0].Node.Id].Node.RequiresGradient;
            Add(svg, $"<path class=\"{(carries ? "gradient" : "none")}\" d=\"");
            Add(svg, $"M{lanes.Count + 1} {rows[source] + 0.5}H{x + 0.5}Q{x} {rows[source] + 0.5} {x} {rows[source] + 0.8}");
            Add(svg, $"V{LastRow(users[source]) + 0.2}");
            foreach (var user in users[source])
            {
                var row = rows[user.Node.Id];
                Add(svg, $"M{x} {row + 0.2}Q{x} {row + 0.5} {x + 0.5} {row + 0.5}H{lanes.Count + 1}");
            }

            Add(svg, $"\"/>");
        }

        return new TapeMargin(svg.Append("</svg>").ToString(), lanes.Count);

        int LastRow(ExplainedNode[] its) => its.Max(user => rows[user.Node.Id]);
    }

    private static void Add(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
