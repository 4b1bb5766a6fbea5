namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="SimVqQuantizer"/>.</summary>
public sealed record SimVqOptions : CodebookOptions
{
    /// <summary>The commitment weight β.</summary>
    [Option("weight β of the commitment term", MayChange = true)]
    public double Commitment { get; init; } = 0.25;

    public override void Validate()
    {
        base.Validate();
        Check.Weight("commitment", Commitment);
    }

    public override Quantizer Build(ModuleScope scope) => new SimVqQuantizer(scope, this);
}
