using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;

namespace IlgpuVq.Models.Weights;

/// <summary>All programs whose weights are known by their keys.</summary>
public static class WeightSources
{
    /// <summary>The one place that lists them. A family without a line keeps its program's keys and takes its sizes from
    /// options.</summary>
    public static IReadOnlyList<WeightSource> All { get; } =
    [
        VqVaeWeights.Source,
        VqVae2Weights.Source,
    ];
}
