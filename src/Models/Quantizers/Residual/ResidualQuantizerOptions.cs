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

    /// <summary>Blocks of the network that makes a layer's codes of what the layers before it chose
    /// (<see cref="ImplicitQuantizer"/>); 0 for codes that are what they are.</summary>
    [Option("blocks of a network in each layer that makes its codes depend on what those before chose; 0: none")]
    public int ImplicitDepth { get; init; }

    protected internal override QuantizerOptions LayerOptions => Layer;

    protected internal override bool IsShared => SharedCodebook;

    private bool HasLayerCodes => !LayerCodes.IsDefaultOrEmpty;

    public override void Validate()
    {
        base.Validate();
        Check.Parts("implicit-depth", ImplicitDepth, 0);
        Check.That(
            "implicit-depth", "0 with moving averages, a shared codebook or a beam", ImplicitDepth,
            ImplicitDepth == 0 || (Layer.Rule == CodebookRule.Gradient && !SharedCodebook && Beam == 1));
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
        base.Equals(other) && Layer == other.Layer &&
        (SharedCodebook, ImplicitDepth) == (other.SharedCodebook, other.ImplicitDepth) &&
        HasLayerCodes == other.HasLayerCodes && (!HasLayerCodes || LayerCodes.SequenceEqual(other.LayerCodes));

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Layer, SharedCodebook);

    protected internal override Quantizer BuildLayer(ModuleScope scope, int level)
    {
        var own = HasLayerCodes ? Layer with { CodebookSize = LayerCodes[level] } : Layer;
        return ImplicitDepth > 0 && level > 0 ? new ImplicitQuantizer(scope, own, ImplicitDepth) : own.Build(scope);
    }
}
