using IlgpuVq.Models.Images;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>A colour for each code, near colours for codes that lie near each other.</summary>
/// <remarks>The codes in use are ranked along the first and along the second principal component; the two ranks mix the colours
/// of four corners. Ranks keep the order and use all colours, wherever codes crowd.</remarks>
internal sealed class CodeColours
{
    private static readonly double[][] Corners = [[0.09, 0.25, 0.85], [0.98, 0.78, 0.10], [0.05, 0.62, 0.42], [0.83, 0.11, 0.38]];
    private static readonly byte[] Unknown = [128, 128, 128];
    private readonly Dictionary<int, byte[]> colours = [];

    /// <param name="codes">The codes.</param>
    /// <param name="x">Each along the first component; NaN for nowhere.</param>
    /// <param name="y">Each along the second.</param>
    public CodeColours(SurveyedLevel codes, double[] x, double[] y)
    {
        int[] used = [.. Enumerable.Range(0, codes.Codes.Count).Where(
            i => !double.IsNaN(x[i]) && (codes.Counts.Count == 0 || codes.Counts[i] > 0))];
        var (across, up) = (Ranks(used, x), Ranks(used, y));
        foreach (var i in used)
        {
            var (u, v) = (across[i], up[i]);
            colours[codes.Codes[i]] = [.. Enumerable.Range(0, 3).Select(channel => (byte)Math.Round(255 * (
                ((1 - v) * (((1 - u) * Corners[0][channel]) + (u * Corners[1][channel])))
                + (v * (((1 - u) * Corners[2][channel]) + (u * Corners[3][channel]))))))];
        }
    }

    /// <summary>Red, green and blue; grey for a code that is not among those that were looked at.</summary>
    public byte[] Of(int code) => colours.GetValueOrDefault(code, Unknown);

    /// <summary>Indices (h, w) as a picture, a pixel for each.</summary>
    public DecodedImage ToPicture(ReadOnlySpan<int> indices, int height, int width)
    {
        var pixels = new byte[3 * indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            Of(indices[i]).CopyTo(pixels, 3 * i);
        }

        return new DecodedImage(width, height, 3, pixels);
    }

    /// <summary>From 0, the first along a component, to 1.</summary>
    private static Dictionary<int, double> Ranks(int[] used, double[] along) => used.OrderBy(i => along[i]).ThenBy(i => i)
        .Select((i, rank) => KeyValuePair.Create(i, used.Length > 1 ? rank / (used.Length - 1.0) : 0.5)).ToDictionary();
}
