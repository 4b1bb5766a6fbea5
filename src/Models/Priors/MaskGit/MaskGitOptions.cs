using IlgpuVq.Models.Priors.Transformer;

namespace IlgpuVq.Models.Priors.MaskGit;

/// <summary>A transformer that sees all places and predicts those that are masked.</summary>
/// <remarks>With the defaults, 128 codes, a grid of 7 × 7 and no classes it has 828 160 parameters.</remarks>
public sealed record MaskGitOptions : BlocksOptions
{
    /// <inheritdoc/>
    public override GridPrior Build(ModuleScope scope, PriorShape shape) => new MaskGitPrior(scope.With(Init), shape, this);
}
