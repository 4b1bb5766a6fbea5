using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>The vectors of all codes of one level, of kinds with a table and of those without.</summary>
internal static class CodeVectors
{
    /// <summary>Vectors (K, D), one row for each code.</summary>
    /// <remarks>The codes of the other levels are the first of each. Where vectors of levels are added or stand side by side,
    /// that moves all rows alike; vectors of implicit levels depend on the codes of those before them, and are those after the
    /// first ones.</remarks>
    public static float[] Of(Quantizer quantizer, int level) =>
        Of(quantizer, level, [.. Enumerable.Range(0, quantizer.CodebookSizes[level])]);

    /// <summary>Those of some codes, in their order.</summary>
    public static float[] Of(Quantizer quantizer, int level, IReadOnlyList<int> codes)
    {
        var levels = quantizer.CodebookSizes.Length;
        var ids = new int[codes.Count * levels];
        for (var i = 0; i < codes.Count; i++)
        {
            ids[i * levels + level] = codes[i];
        }

        using var all = quantizer.Device.From<int>(ids, [codes.Count, levels]);
        using var vectors = quantizer.Lookup(all);
        return vectors.ToArray();
    }
}
