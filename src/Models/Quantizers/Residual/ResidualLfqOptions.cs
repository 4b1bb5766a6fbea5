namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Options of a <see cref="ResidualQuantizer"/> of lookup-free quantizers: each level has half the scale of the one
/// before, s·2⁻ⁱ.</summary>
/// <remarks>A number of a sum of L levels is one of 2ᴸ, evenly from −s·(2 − 2¹⁻ᴸ) to s·(2 − 2¹⁻ᴸ). Source:
/// vector-quantize-pytorch's ResidualLFQ.</remarks>
public sealed record ResidualLfqOptions : ResidualOptions
{
    /// <summary>The quantizer of the first level.</summary>
    public LookupFreeQuantizerOptions Layer { get; init; } = new();

    protected internal override QuantizerOptions LayerOptions => Layer;

    protected internal override Quantizer BuildLayer(ModuleScope scope, int level) =>
        (Layer with { CodeScale = Layer.CodeScale * Math.Pow(2, -level) }).Build(scope);
}
