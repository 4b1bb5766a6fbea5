using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;

namespace IlgpuVq.Models.Weights;

/// <summary>All programs whose weights are known by their keys.</summary>
public static class WeightSources
{
    /// <summary>The one place that lists them, a program before another whose keys are among its own. A family without a line
    /// keeps its program's keys and takes its sizes from options.</summary>
    public static IReadOnlyList<WeightSource> All { get; } =
    [
        VqVaeWeights.Normed,
        VqVaeWeights.NamedTwice,
        VqVaeWeights.Zalando,
        VqVae2Weights.Source,
        BatchNormVqVaeWeights.Source,
        VqCvaeWeights.Source,
        CvaeWeights.Source,
    ];
}
