using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
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
    IReadOnlyList<LevelUsage> Levels);

/// <summary>How the codes of one level of a grid are used.</summary>
/// <param name="Perplexity">Of the codes of all images together.</param>
/// <param name="CodesUsed">Codes that some image uses.</param>
/// <param name="DeadCodes">Codes that no image uses.</param>
/// <param name="BitsPerImage">What its indices take when all codes are equally likely.</param>
/// <param name="Counts">How often each code is used; for plots, not in the file.</param>
internal sealed record LevelUsage(
    double Perplexity, int CodesUsed, int DeadCodes, double BitsPerImage,
    [property: JsonIgnore] IReadOnlyList<double> Counts);

/// <summary>How well a model reconstructs a set.</summary>
/// <param name="Data">The set.</param>
/// <param name="Split">Its part.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Step">Training steps of the model.</param>
/// <param name="Mse">Mean squared error of a pixel on the scale 0 to 1.</param>
/// <param name="Nmse">The same divided by the variance of the training data, or of these where a model has none.</param>
/// <param name="Psnr">10·log10(1 / MSE) in dB.</param>
/// <param name="Grids">Each grid of codes.</param>
internal sealed record EvaluationResult(
    string Data, string Split, int Images, long Step, double Mse, double Nmse, double Psnr, IReadOnlyList<GridUsage> Grids)
{
    /// <summary>The mean divergence of an image's latent numbers from N(0, 1), in nats; null for a model where they have no
    /// distribution.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Kl { get; init; }

    /// <summary>How probable a prior finds the codes; null for a run of a model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PriorResult? Prior { get; init; }
}

/// <summary>Measures a model on a whole set, in its order, without training.</summary>
internal static class Evaluation
{
    /// <summary>Goes through the set in batches; sums are in double precision and do not depend on the batch size but for
    /// rounding.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="data">The set.</param>
    /// <param name="most">Images at once, fewer where they are large.</param>
    public static EvaluationResult Run(TrainedModel trained, ImageDataSet data, int most)
    {
        var pass = new ImagePass(trained.Model, data.Height, data.Width);
        CodeLayout[] layouts = [.. pass.Layouts.OfType<CodeLayout>()];
        double[][][] counts = [.. layouts.Select(layout => layout.CodebookSizes.Select(k => new double[k]).ToArray())];
        var (squares, divergence) = (0.0, 0.0);
        var batch = pass.AtOnce(most);
        for (var first = 0; first < data.Count; first += batch)
        {
            var count = Math.Min(batch, data.Count - first);
            var images = new float[(long)count * data.ImageLength];
            data.ReadBatch([.. Enumerable.Range(first, count)], images, new int[count]);
            squares += AddBatch(pass, images, layouts, counts);
            divergence += pass.Divergence(images);
        }

        var mse = squares / ((double)data.Count * data.ImageLength);
        return new EvaluationResult(
            data.Name, data.Split, data.Count, trained.Checkpoint.Step, mse,
            mse / (trained.Config.Data.IsKnown ? trained.Config.Data.Variance : data.Variance),
            -10 * Math.Log10(mse),
            [.. layouts.Zip(counts, (layout, levels) => UsageOf(layout, levels, trained.Model.Device))])
        {
            Kl = trained.Model is GaussianAutoencoder ? divergence / data.Count : null,
        };
    }

    public static byte[] ToJson(EvaluationResult result) =>
        JsonSerializer.SerializeToUtf8Bytes(result, EvaluationJson.Default.EvaluationResult);

    /// <summary>The squared error of images, summed; their codes are counted.</summary>
    private static double AddBatch(ImagePass pass, float[] images, CodeLayout[] layouts, double[][][] counts)
    {
        var grids = pass.Encode(images);
        var reconstructions = pass.Decode(grids);
        var squares = 0.0;
        for (var i = 0; i < images.Length; i++)
        {
            var difference = (double)images[i] - reconstructions[i];
            squares += difference * difference;
        }

        for (var grid = 0; grid < counts.Length; grid++)
        {
            Count(layouts[grid], (int[])grids[grid], counts[grid]);
        }

        return squares;
    }

    /// <summary>Adds indices (B, L, h, w) to the counts of each level; one that stands for no code is not counted.</summary>
    private static void Count(CodeLayout layout, int[] ids, double[][] levels)
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

    private static GridUsage UsageOf(CodeLayout layout, double[][] counts, Device device)
    {
        LevelUsage[] levels = [.. counts.Select(level => LevelOf(layout, level, device))];
        var (used, dead) = (levels.Sum(level => level.CodesUsed), levels.Sum(level => level.DeadCodes));
        return new GridUsage(
            layout.Name, levels.Average(level => level.Perplexity), used, used / (double)(used + dead), dead,
            layout.BitsPerImage, levels);
    }

    private static LevelUsage LevelOf(CodeLayout layout, double[] counts, Device device)
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

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EvaluationResult))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
