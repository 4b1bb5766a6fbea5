namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="RandomProjectionQuantizer"/>.</summary>
public sealed record RandomProjectionOptions : CodebookOptions
{
    /// <summary>Numbers that a latent vector is projected to, E.</summary>
    [Option("numbers that a latent vector is projected to, to choose its code")]
    public int ProjectionDim { get; init; } = 16;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("code-dim", CodeDim, 2);
        Check.AtLeast("projection-dim", ProjectionDim, 1);
    }

    public override Quantizer Build(ModuleScope scope) => new RandomProjectionQuantizer(scope, this);
}
