using System.Text.Json.Serialization;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>What all kinds of a <see cref="ResidualQuantizer"/> have in common; a kind adds the options of its layers.</summary>
public abstract record ResidualOptions : QuantizerOptions
{
    /// <summary>Quantizers in turn, L: levels of the codes.</summary>
    [Option("quantizers in turn, each of what those before it leave")]
    public int Layers { get; init; } = 4;

    /// <summary>Whether training leaves out the last levels in each step, from a random one on.</summary>
    [Option("whether a training step leaves out the levels from a random one on: true or false", MayChange = true)]
    public bool QuantizeDropout { get; init; }

    /// <summary>The last level, from 0, that is never left out.</summary>
    [Option("the last level, from 0, that quantize dropout never leaves out", MayChange = true)]
    public int QuantizeDropoutCutoff { get; init; }

    /// <summary>Levels that are left out together.</summary>
    [Option("how many levels quantize dropout leaves out together", MayChange = true)]
    public int QuantizeDropoutMultiple { get; init; } = 1;

    /// <summary>How many beginnings are followed from level to level when codes are chosen outside training; 1 for the nearest
    /// code of each level in turn. What more of them find is mostly nearer, for as many times the work.</summary>
    [Option("beginnings that are followed from level to level to choose codes outside training; 1: the nearest code of each",
        MayChange = true)]
    public int Beam { get; init; } = 1;

    [JsonIgnore]
    public override int Width => LayerOptions.Width;

    /// <summary>The options of each layer.</summary>
    protected internal abstract QuantizerOptions LayerOptions { get; }

    /// <summary>Whether one layer serves on all levels.</summary>
    protected internal virtual bool IsShared => false;

    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public override void Validate()
    {
        Check.Parts("layers", Layers, 1);
        Check.That(
            "quantize-dropout-cutoff", $"a level from 0 to {Layers - 1}", QuantizeDropoutCutoff,
            QuantizeDropoutCutoff >= 0 && QuantizeDropoutCutoff < Layers);
        Check.AtLeast("quantize-dropout-multiple", QuantizeDropoutMultiple, 1);
        Check.Parts("beam", Beam, 1);
        LayerOptions.Validate();
    }

    public override Quantizer Build(ModuleScope scope) => Build(scope, scope);

    /// <summary>Makes it with the random numbers of another place: all groups of one quantizer leave out the same
    /// levels.</summary>
    internal ResidualQuantizer Build(ModuleScope scope, ModuleScope randomPlace) =>
        new(scope, this, ModuleScope.StreamOf(randomPlace.Key("quantize_dropout")));

    /// <summary>Makes the layer of a level, from 0.</summary>
    protected internal virtual Quantizer BuildLayer(ModuleScope scope, int level) => LayerOptions.Build(scope);

    /// <summary>What comes before the first layer; null for nothing.</summary>
    protected internal virtual Layer? BuildEntry(ModuleScope scope) => null;

    /// <summary>The factor of each number of a level's vectors: the layer gets what is left divided by it; null for
    /// 1.</summary>
    protected internal virtual float[]? ScaleOf(int level) => null;
}
