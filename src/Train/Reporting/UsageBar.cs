using System.Globalization;
using IlgpuVq.Train.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Reporting;

/// <summary>How a codebook is used, in a line of text.</summary>
internal static class UsageBar
{
    private const int MostCells = 64;
    private static readonly Style Used = new(Color.Yellow);
    private static readonly Style Dead = new(Color.Grey);

    /// <summary>How many codes are used, and a bar of them, the most used first. Its half height is what each has where all are
    /// used alike; a dot is codes that none uses.</summary>
    /// <param name="columns">Cells of the line.</param>
    /// <param name="hasBlocks">Whether the terminal shows parts of a cell.</param>
    /// <param name="usage">The codebook.</param>
    public static IReadOnlyList<Segment> Line(int columns, bool hasBlocks, CodeUsage usage)
    {
        float[] counts = [.. usage.Counts.OrderDescending()];
        var (codes, used, total) = (counts.Length, counts.Count(count => count > 0), counts.Sum(count => (double)count));
        var name = usage.Name.Replace("usage", "codes", StringComparison.Ordinal).Replace('_', ' ');
        var text = string.Create(CultureInfo.InvariantCulture, $"{name} {used}/{codes}  ");
        var cells = Math.Clamp(columns - text.Length, 0, Math.Min(codes, MostCells));
        var live = "";
        for (var cell = 0; cell < cells; cell++)
        {
            var mean = counts[(int)((long)cell * codes / cells)..(int)((cell + 1L) * codes / cells)].Average();
            if (mean <= 0)
            {
                break;
            }

            live += Curve.Height(mean * codes / (2 * total), hasBlocks);
        }

        var dead = new string(hasBlocks ? '·' : ' ', cells - live.Length);
        return [new Segment(text), new Segment(live, Used), new Segment(dead, Dead)];
    }
}
