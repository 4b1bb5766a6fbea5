using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>The vectors of all codes of one level, of kinds with a table and of those without.</summary>
internal static class CodeVectors
{
    /// <summary>Vectors (K, D), one row for each code.</summary>
    /// <remarks>The codes of the other levels are the first of each. Where vectors of levels are added or stand side by side,
    /// that moves all rows alike; vectors of implicit levels depend on the codes of those before them, and are those after the
    /// first ones.</remarks>
    public static float[] Of(Quantizer quantizer, int level)
    {
        var (k, levels) = (quantizer.CodebookSizes[level], quantizer.CodebookSizes.Length);
        var ids = new int[k * levels];
        for (var i = 0; i < k; i++)
        {
            ids[i * levels + level] = i;
        }

        using var all = quantizer.Device.From<int>(ids, [k, levels]);
        using var vectors = quantizer.Lookup(all);
        return vectors.ToArray();
    }
}
