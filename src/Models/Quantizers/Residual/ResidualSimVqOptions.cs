namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Options of a <see cref="ResidualQuantizer"/> of <see cref="SimVqQuantizer"/>s.</summary>
public sealed record ResidualSimVqOptions : ResidualOptions
{
    /// <summary>The quantizer of each level.</summary>
    public SimVqOptions Layer { get; init; } = new();

    protected internal override QuantizerOptions LayerOptions => Layer;
}
