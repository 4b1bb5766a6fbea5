using System.Collections.Immutable;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Options of a <see cref="ResidualQuantizer"/> of vector quantizers.</summary>
public sealed record ResidualQuantizerOptions : ResidualOptions
{
    /// <summary>The quantizer of each level.</summary>
    public VectorQuantizerOptions Layer { get; init; } = new();

    /// <summary>Codes of each level; empty where all have those of <see cref="Layer"/>.</summary>
    [Option("codes of each layer; as many as --codes says when not given")]
    public ImmutableArray<int> LayerCodes { get; init; } = [];

    /// <summary>Whether all levels choose from one codebook.</summary>
    [Option("whether all layers choose from one codebook: true or false")]
    public bool SharedCodebook { get; init; }

    protected internal override QuantizerOptions LayerOptions => Layer;

    protected internal override bool IsShared => SharedCodebook;

    private bool HasLayerCodes => !LayerCodes.IsDefaultOrEmpty;

    public override void Validate()
    {
        base.Validate();
        if (HasLayerCodes)
        {
            Check.That(
                "layer-codes", $"a number for each of {Layers} layers", string.Join(',', LayerCodes),
                LayerCodes.Length == Layers);
            Check.That(
                "layer-codes", "none with a shared codebook", string.Join(',', LayerCodes), !SharedCodebook);
            foreach (var codes in LayerCodes)
            {
                Check.AtLeast("layer-codes", codes, 1);
            }
        }
    }

    public bool Equals(ResidualQuantizerOptions? other) =>
        base.Equals(other) && Layer == other.Layer && SharedCodebook == other.SharedCodebook &&
        HasLayerCodes == other.HasLayerCodes && (!HasLayerCodes || LayerCodes.SequenceEqual(other.LayerCodes));

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Layer, SharedCodebook);

    protected internal override Quantizer BuildLayer(ModuleScope scope, int level) =>
        (HasLayerCodes ? Layer with { CodebookSize = LayerCodes[level] } : Layer).Build(scope);
}
