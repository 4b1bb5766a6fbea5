namespace IlgpuVq.Models.Priors.Transformer;

/// <summary>A causal transformer over the places of a grid, as GPT-2 is one over words.</summary>
/// <remarks>With the defaults, 128 codes, a grid of 7 × 7 and no classes it has 828 160 parameters.</remarks>
public sealed record TransformerOptions : BlocksOptions
{
    /// <inheritdoc/>
    public override GridPrior Build(ModuleScope scope, PriorShape shape) => new TransformerPrior(scope.With(Init), shape, this);
}
