namespace IlgpuVq.Train.Reporting;

/// <summary>Values one after the other, drawn in a line of text.</summary>
/// <remarks>Of many values, neighbours are kept as their mean.</remarks>
internal sealed class Curve
{
    private const int MostKept = 1024;
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Letters = "_.-~=+*#";
    private readonly List<double> means = [];
    private int valuesOfMean = 1;
    private (double Sum, int Count) pending;

    /// <summary>The newest.</summary>
    public double Last { get; private set; } = double.NaN;

    /// <summary>Adds a value, unless it is not finite.</summary>
    public void Add(double value)
    {
        Last = value;
        if (!double.IsFinite(value))
        {
            return;
        }

        pending = (pending.Sum + value, pending.Count + 1);
        if (pending.Count < valuesOfMean)
        {
            return;
        }

        means.Add(pending.Sum / pending.Count);
        pending = default;
        if (means.Count == MostKept)
        {
            double[] halves = [.. means.Chunk(2).Select(pair => pair.Average())];
            means.Clear();
            means.AddRange(halves);
            valuesOfMean *= 2;
        }
    }

    /// <summary>A character for each value, or for the mean of some where there are more than cells: the lowest for the least,
    /// the highest for the largest. Positive values that differ more than tenfold are drawn by their logarithms.</summary>
    /// <param name="cells">Characters at the most.</param>
    /// <param name="hasBlocks">Whether the terminal shows parts of a cell.</param>
    public string ToText(int cells, bool hasBlocks)
    {
        double[] kept = pending.Count > 0 ? [.. means, pending.Sum / pending.Count] : [.. means];
        cells = Math.Clamp(cells, 0, kept.Length);
        if (cells == 0)
        {
            return "";
        }

        var values = Enumerable.Range(0, cells)
            .Select(cell => kept[(cell * kept.Length / cells)..((cell + 1) * kept.Length / cells)].Average()).ToArray();
        if (values.Min() > 0 && values.Max() > 10 * values.Min())
        {
            values = Array.ConvertAll(values, Math.Log);
        }

        var (least, range) = (values.Min(), values.Max() - values.Min());
        return string.Concat(values.Select(value => Height(range > 0 ? (value - least) / range : 0, hasBlocks)));
    }

    /// <summary>The character of a height from 0 to 1.</summary>
    public static char Height(double height, bool hasBlocks) =>
        (hasBlocks ? Blocks : Letters)[Math.Clamp((int)Math.Round(height * 7), 0, 7)];
}
