using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Train.Data;

namespace IlgpuVq.Train.Training;

/// <summary>How well a model reconstructs a set.</summary>
/// <param name="Data">The set.</param>
/// <param name="Split">Its part.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Step">Training steps of the model.</param>
/// <param name="Mse">Mean squared error of a pixel on the scale 0 to 1.</param>
/// <param name="Nmse">The same divided by the variance of the training data.</param>
/// <param name="Psnr">10·log10(1 / MSE) in dB.</param>
/// <param name="Perplexity">Of the codes of all images together.</param>
/// <param name="CodesUsed">Codes that some image uses.</param>
/// <param name="CodeUsage">The same as a share of all codes.</param>
internal sealed record EvaluationResult(
    string Data, string Split, int Images, long Step, double Mse, double Nmse, double Psnr, double Perplexity, int CodesUsed, double CodeUsage);

/// <summary>Measures a model on a whole set, in its order, without training.</summary>
internal static class Evaluation
{
    /// <summary>Goes through the set in batches; sums are in double precision and do not depend on the batch size but for rounding.</summary>
    public static EvaluationResult Run(TrainedModel trained, ImageDataSet data, int batch)
    {
        var (model, counts) = (trained.Model, new double[trained.Config.Codes]);
        var squares = 0.0;
        for (var first = 0; first < data.Count; first += batch)
        {
            squares += AddBatch(model, data, first, Math.Min(batch, data.Count - first), counts);
        }

        var mse = squares / ((double)data.Count * data.ImageLength);
        var used = counts.Count(count => count > 0);
        return new EvaluationResult(
            data.Name, data.Split, data.Count, trained.Checkpoint.Step, mse, mse / trained.Config.DataVariance, -10 * Math.Log10(mse),
            PerplexityOf(counts), used, used / (double)counts.Length);
    }

    public static byte[] ToJson(EvaluationResult result) => JsonSerializer.SerializeToUtf8Bytes(result, EvaluationJson.Default.EvaluationResult);

    private static double AddBatch(VqVae model, ImageDataSet data, int first, int count, double[] counts)
    {
        var images = new float[(long)count * data.ImageLength];
        data.ReadBatch([.. Enumerable.Range(first, count)], images, new int[count]);
        using var x = model.Device.From<float>(images, [count, data.Channels, data.Height, data.Width]);
        using var tape = new Tape(model.Device, recording: false);
        using var output = model.Forward(tape.Constant(x), training: false);
        var reconstructions = output.Reconstruction.Value.ToArray();
        var squares = 0.0;
        for (var i = 0; i < images.Length; i++)
        {
            var difference = (double)images[i] - reconstructions[i];
            squares += difference * difference;
        }

        var batchCounts = output.Quantizer.Counts.ToArray();
        for (var code = 0; code < counts.Length; code++)
        {
            counts[code] += batchCounts[code];
        }

        return squares;
    }

    private static double PerplexityOf(double[] counts)
    {
        const double tiny = 1e-10;
        var total = counts.Sum();
        return Math.Exp(-counts.Sum(count => count / total * Math.Log(count / total + tiny)));
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EvaluationResult))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
