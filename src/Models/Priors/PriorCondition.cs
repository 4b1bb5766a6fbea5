using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>What is known of images before their indices are.</summary>
/// <param name="Classes">(B), the class of each, from 0; null where the prior knows none.</param>
/// <param name="Coarser">The grids that come before, as <see cref="PriorShape.Coarser"/> has them.</param>
public sealed record PriorCondition(Tensor<int>? Classes, IReadOnlyList<CodeGrid> Coarser)
{
    /// <summary>Nothing.</summary>
    public static PriorCondition None { get; } = new(null, []);
}
