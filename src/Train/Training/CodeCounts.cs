using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Training;

/// <summary>How the codes of a grid are used.</summary>
/// <param name="Name">The grid.</param>
/// <param name="Perplexity">Of the codes of all images together; the mean of its levels.</param>
/// <param name="CodesUsed">Codes that some image uses, on all levels.</param>
/// <param name="CodeUsage">The same as a share of all codes.</param>
/// <param name="DeadCodes">Codes that no image uses, on all levels.</param>
/// <param name="BitsPerImage">What its indices take when all codes are equally likely.</param>
/// <param name="Levels">Each of its levels.</param>
internal sealed record GridUsage(
    string Name, double Perplexity, int CodesUsed, double CodeUsage, int DeadCodes, double BitsPerImage,
    IReadOnlyList<LevelUsage> Levels)
{
    /// <summary>What the indices of an image take where those of each level are coded by how often each code is used, none by
    /// another.</summary>
    public double EntropyBitsPerImage => Places * Levels.Sum(level => level.EntropyBits);

    /// <summary>Places of an image, each with an index of every level.</summary>
    [JsonIgnore]
    public int Places { get; init; }
}

/// <summary>How the codes of one level of a grid are used.</summary>
/// <param name="Perplexity">Of the codes of all images together.</param>
/// <param name="CodesUsed">Codes that some image uses.</param>
/// <param name="DeadCodes">Codes that no image uses.</param>
/// <param name="BitsPerImage">What its indices take when all codes are equally likely.</param>
/// <param name="Counts">How often each code is used; for plots, not in the file.</param>
internal sealed record LevelUsage(
    double Perplexity, int CodesUsed, int DeadCodes, double BitsPerImage,
    [property: JsonIgnore] IReadOnlyList<double> Counts)
{
    /// <summary>The entropy of an index, −Σ p·log₂ p with p = counts / Σ counts, in bits; 0 where no code is used.</summary>
    public double EntropyBits { get; } = EntropyOf(Counts);

    private static double EntropyOf(IReadOnlyList<double> counts)
    {
        var total = counts.Sum();
        return counts.Where(count => count > 0).Sum(count => count / total * Math.Log2(total / count));
    }
}

/// <summary>Counts how often the codes of a grid are used.</summary>
internal sealed class CodeCounts(CodeLayout layout)
{
    private readonly double[][] levels = [.. layout.CodebookSizes.Select(k => new double[k])];

    /// <summary>Adds indices (B, L, h, w) to the counts of each level; one that stands for no code is not counted.</summary>
    public void Add(int[] ids)
    {
        var places = layout.Height * layout.Width;
        for (var i = 0; i < ids.Length; i++)
        {
            var level = levels[i / places % layout.Levels];
            if ((uint)ids[i] < (uint)level.Length)
            {
                level[ids[i]]++;
            }
        }
    }

    /// <summary>Of all that was added.</summary>
    public GridUsage ToUsage(Device device)
    {
        LevelUsage[] all = [.. levels.Select(counts => LevelOf(counts, device))];
        var (used, dead) = (all.Sum(level => level.CodesUsed), all.Sum(level => level.DeadCodes));
        return new GridUsage(
            layout.Name, all.Average(level => level.Perplexity), used, used / (double)(used + dead), dead,
            layout.BitsPerImage, all)
        {
            Places = layout.Height * layout.Width,
        };
    }

    private LevelUsage LevelOf(double[] counts, Device device)
    {
        var used = counts.Count(count => count > 0);
        return new LevelUsage(
            PerplexityOf(counts, device), used, counts.Length - used,
            layout.Height * (double)layout.Width * Math.Log2(counts.Length), counts);
    }

    private static double PerplexityOf(double[] counts, Device device)
    {
        using var histogram = device.From<float>([.. counts.Select(count => (float)count)], [counts.Length]);
        using var perplexity = Perplexity.Of(histogram);
        return perplexity.Item();
    }
}
