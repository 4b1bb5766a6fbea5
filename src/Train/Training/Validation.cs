using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>How a model does on images that it is not trained on, while it trains: the figures that <c>evaluate</c> has of a
/// checkpoint written now.</summary>
/// <remarks>Of the averages of the weights, where the run has some.</remarks>
internal sealed class Validation(TrainingState state, RunConfig config, ImageDataSet data)
{
    private const int MostAtOnce = 100;

    private readonly int images =
        config.Task is ReconstructionOptions { ValidateImages: > 0 and var count } ? Math.Min(count, data.Count) : data.Count;

    /// <summary>Measures, and adds the figures.</summary>
    /// <param name="figures">What they are added to.</param>
    /// <param name="advance">Told how many images are measured, and of how many.</param>
    public void AddTo(IDictionary<string, double> figures, Action<long, long>? advance = null) => state.WithAverages(() =>
    {
        var (distortion, grids, kl) = Evaluation.Measure(
            state.Model, data, images, MostAtOnce, advance: done => advance?.Invoke(done, images));
        Add(MetricNames.Normalized, distortion.Mse / config.Data.Variance);
        Add(MetricNames.Psnr, distortion.Psnr);
        Add(MetricNames.Ssim, distortion.Ssim);
        Add(GaussianAutoencoder.DivergenceName, kl);
        foreach (var (layout, grid) in state.Task.Layouts.Zip(grids))
        {
            Add(MetricNames.Perplexity(layout, grids.Count), grid.Perplexity);
            Add(MetricNames.CodesUsed(layout, grids.Count), grid.CodesUsed);
        }

        void Add(string name, double? figure)
        {
            if (figure is { } value)
            {
                figures[MetricNames.OfValidation(name)] = value;
            }
        }
    });
}
