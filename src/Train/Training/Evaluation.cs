using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Profiling;

namespace IlgpuVq.Train.Training;

/// <summary>How well a model reconstructs a set.</summary>
/// <param name="Data">The set.</param>
/// <param name="Split">Its part.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Step">Training steps of the model.</param>
/// <param name="Mse">Mean squared error of a pixel on the scale 0 to 1.</param>
/// <param name="Nmse">The same divided by the variance of the training data, or of these where a model has none.</param>
/// <param name="Psnr">10·log10(1 / MSE) in dB, of the mean squared error over all images.</param>
/// <param name="Grids">Each grid of codes.</param>
internal sealed record EvaluationResult(
    string Data, string Split, int Images, long Step, double Mse, double Nmse, double Psnr, IReadOnlyList<GridUsage> Grids)
{
    /// <summary>Pixels of an image.</summary>
    [JsonIgnore]
    public int Pixels { get; init; }

    /// <summary>The run, where several are measured or another program reads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Run { get; init; }

    /// <summary>See <see cref="Distortion"/>.</summary>
    public double MeanPsnr { get; init; }

    /// <summary>See <see cref="Distortion"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Ssim { get; init; }

    /// <summary>See <see cref="Distortion"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MsSsim { get; init; }

    /// <summary>See <see cref="Distortion"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Perceptual { get; init; }

    /// <summary>What the codes of an image take at their entropies, in bits of a pixel; null for a model without codes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BitsPerPixel { get; init; }

    /// <summary>The same divided by the channels of a pixel.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BitsPerDimension { get; init; }

    /// <summary>The mean divergence of an image's latent numbers from N(0, 1), in nats; null for a model where they have no
    /// distribution.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Kl { get; init; }

    /// <summary>How probable a prior finds the codes; null for a run of a model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PriorResult? Prior { get; init; }
}

/// <summary>What a model makes of some images.</summary>
/// <param name="Distortion">How far reconstructions are from them.</param>
/// <param name="Grids">How the codes of each grid are used.</param>
/// <param name="Kl">The mean divergence of an image's latent numbers from N(0, 1), in nats; null where they have no
/// distribution.</param>
internal sealed record Measurement(Distortion Distortion, IReadOnlyList<GridUsage> Grids, double? Kl);

/// <summary>Measures a model on a set, in its order, without training.</summary>
internal static class Evaluation
{
    /// <summary>Goes through a whole set.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="data">The set.</param>
    /// <param name="most">Images at once, fewer where they are large.</param>
    /// <param name="perceptual">The network to look with; null for none.</param>
    /// <param name="advance">Told how many images are measured.</param>
    public static EvaluationResult Run(
        TrainedModel trained, ImageDataSet data, int most, PerceptualLoss? perceptual = null, Action<long>? advance = null)
    {
        var (distortion, grids, kl) = Measure(trained.Model, data, data.Count, most, perceptual, advance);
        var pixels = data.Height * data.Width;
        double? bits = grids.Count > 0 ? grids.Sum(grid => grid.EntropyBitsPerImage) / pixels : null;
        var variance = trained.Config.Data.IsKnown ? trained.Config.Data.Variance : data.Variance;
        return new EvaluationResult(
            data.Name, data.Split, data.Count, trained.Checkpoint.Step, distortion.Mse, distortion.Mse / variance,
            distortion.Psnr, grids)
        {
            Pixels = pixels,
            MeanPsnr = distortion.MeanPsnr,
            Ssim = distortion.Ssim,
            MsSsim = distortion.MsSsim,
            Perceptual = distortion.Perceptual,
            BitsPerPixel = bits,
            BitsPerDimension = bits / data.Channels,
            Kl = kl,
        };
    }

    /// <summary>Goes through the first images of a set in batches; sums are in double precision and do not depend on the batch
    /// size but for rounding.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The set.</param>
    /// <param name="images">How many images.</param>
    /// <param name="most">Images at once, fewer where they are large.</param>
    /// <param name="perceptual">The network to look with; null for none.</param>
    /// <param name="advance">Told how many images are measured.</param>
    public static Measurement Measure(
        Autoencoder model, ImageDataSet data, int images, int most, PerceptualLoss? perceptual = null,
        Action<long>? advance = null)
    {
        advance?.Invoke(0);
        var pass = new ImagePass(model, data.Height, data.Width);
        CodeCounts[] counts = [.. pass.Layouts.OfType<CodeLayout>().Select(layout => new CodeCounts(layout))];
        var sums = new DistortionSums((data.Channels, data.Height, data.Width), perceptual);
        var divergence = 0.0;
        var batch = pass.AtOnce(most);
        for (var first = 0; first < images; first += batch)
        {
            var count = Math.Min(batch, images - first);
            var originals = new float[(long)count * data.ImageLength];
            using (model.Device.BeginReading(first, count))
            {
                data.ReadBatch([.. Enumerable.Range(first, count)], originals, new int[count]);
            }

            var codes = pass.Encode(originals);
            var reconstructions = pass.Decode(codes);
            using (model.Device.BeginJob("measure"))
            {
                sums.Add(originals, reconstructions);
            }

            divergence += pass.Divergence(originals);
            for (var grid = 0; grid < counts.Length; grid++)
            {
                counts[grid].Add((int[])codes[grid]);
            }

            advance?.Invoke(first + count);
        }

        return new Measurement(
            sums.Take(), [.. counts.Select(grid => grid.ToUsage(model.Device))],
            model is GaussianAutoencoder ? divergence / images : null);
    }

    public static byte[] ToJson(EvaluationResult result) =>
        JsonSerializer.SerializeToUtf8Bytes(result, EvaluationJson.Default.EvaluationResult);

    public static byte[] ToJson(IReadOnlyList<EvaluationResult> results) =>
        JsonSerializer.SerializeToUtf8Bytes(results, EvaluationJson.Default.IReadOnlyListEvaluationResult);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EvaluationResult))]
[JsonSerializable(typeof(IReadOnlyList<EvaluationResult>))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
