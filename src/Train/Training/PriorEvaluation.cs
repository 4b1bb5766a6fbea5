using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;

namespace IlgpuVq.Train.Training;

/// <summary>How probable a prior finds the codes of a grid.</summary>
/// <param name="Name">The grid.</param>
/// <param name="NatsPerIndex">The mean of −ln p of an index.</param>
/// <param name="Accuracy">The part of indices that are the likeliest code.</param>
internal sealed record GridPriorResult(string Name, double NatsPerIndex, double Accuracy);

/// <summary>How probable a prior finds the codes of images.</summary>
/// <param name="NatsPerIndex">The mean of −ln p of an index, over all grids.</param>
/// <param name="Accuracy">The part of indices that are the likeliest code.</param>
/// <param name="BitsPerImage">−log₂ p of the codes of an image, its mean.</param>
/// <param name="BitsPerDimension">The same divided by the numbers of an image, C·H·W.</param>
/// <param name="Grids">Each grid, in the order of drawing.</param>
internal sealed record PriorResult(
    double NatsPerIndex, double Accuracy, double BitsPerImage, double BitsPerDimension, IReadOnlyList<GridPriorResult> Grids);

/// <summary>Measures a prior on the codes of a set.</summary>
internal static class PriorEvaluation
{
    /// <param name="trained">The prior.</param>
    /// <param name="data">Images, of the size of those whose codes it learnt.</param>
    /// <param name="advance">Told how many images are measured, of all.</param>
    /// <exception cref="DataException">The images are of another size, or have no labels where the prior knows
    /// classes.</exception>
    public static PriorResult Run(TrainedPrior trained, ImageDataSet data, Action<long>? advance = null)
    {
        var size = trained.Size;
        if ((data.Height, data.Width) != size)
        {
            throw DataException.Expected(
                data.Name, $"images of {size.Width}×{size.Height} pixels, as the prior was trained on",
                $"{data.Width}×{data.Height}",
                $"Scale them with --resize {size.Width}x{size.Height}.");
        }

        var task = (PriorTaskOptions)trained.Config.Task;
        var codes = Encode(trained, data, task);
        if (trained.Prior.Classes > 0 && codes.Labels is null)
        {
            throw DataException.Expected(
                data.Name, $"images with labels, of {trained.Prior.Classes} classes", "none", "Take a set that has them.");
        }

        var scoring = PriorScoring.Of(trained.Prior, codes, advance);
        var bits = scoring.Total.Nats / Math.Log(2) / data.Count;
        return new PriorResult(
            scoring.Total.NatsPerIndex, scoring.Total.Accuracy, bits, bits / data.ImageLength,
            [.. scoring.Grids.Zip(trained.Prior.Layouts, (score, layout) =>
                new GridPriorResult(layout.Name, score.NatsPerIndex, score.Accuracy))]);
    }

    private static CodeSet Encode(TrainedPrior trained, ImageDataSet data, PriorTaskOptions task)
    {
        const int mostImages = 256;
        var (pass, labels) = (new ImagePass(trained.Trained.Model, data.Height, data.Width), new int[data.Count]);
        var codes = CodeSet.Of(pass, task.Layouts, data.Count, mostImages, (first, count) =>
        {
            var (images, own) = (new float[(long)count * data.ImageLength], new int[count]);
            using (trained.Prior.Device.BeginReading(first, count))
            {
                data.ReadBatch([.. Enumerable.Range(first, count)], images, own);
            }

            own.CopyTo(labels, first);
            return images;
        });
        return data.ClassNames.Count > 0 ? codes with { Labels = labels } : codes;
    }
}
