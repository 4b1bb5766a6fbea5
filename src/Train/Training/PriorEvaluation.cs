using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;

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
    /// <exception cref="DataException">The images are of another size, or have no labels where the prior knows
    /// classes.</exception>
    public static PriorResult Run(TrainedPrior trained, ImageDataSet data)
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

        var scoring = PriorScoring.Of(trained.Prior, codes);
        var bits = scoring.Total.Nats / Math.Log(2) / data.Count;
        return new PriorResult(
            scoring.Total.NatsPerIndex, scoring.Total.Accuracy, bits, bits / data.ImageLength,
            [.. scoring.Grids.Zip(trained.Prior.Layouts, (score, layout) =>
                new GridPriorResult(layout.Name, score.NatsPerIndex, score.Accuracy))]);
    }

    private static CodeSet Encode(TrainedPrior trained, ImageDataSet data, PriorTaskOptions task)
    {
        const int mostImages = 256;
        var pass = new ImagePass(trained.Trained.Model, data.Height, data.Width);
        var grids = pass.Layouts.Select(layout => layout.Name).ToList();
        var ids = task.Layouts.Select(layout => new int[data.Count * layout.IndicesPerImage]).ToArray();
        var labels = new int[data.Count];
        var batch = pass.AtOnce(mostImages);
        for (var first = 0; first < data.Count; first += batch)
        {
            var count = Math.Min(batch, data.Count - first);
            var (images, own) = (new float[(long)count * data.ImageLength], new int[count]);
            data.ReadBatch([.. Enumerable.Range(first, count)], images, own);
            own.CopyTo(labels, first);
            var codes = pass.Encode(images);
            for (var grid = 0; grid < ids.Length; grid++)
            {
                var layout = task.Layouts[grid];
                codes[grids.IndexOf(layout.Name)].CopyTo(ids[grid], first * layout.IndicesPerImage);
            }
        }

        return new CodeSet(task.Layouts, ids, data.ClassNames.Count > 0 ? labels : null);
    }
}
