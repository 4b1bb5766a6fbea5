using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="RandomProjectionQuantizer"/>.</summary>
public sealed record RandomProjectionOptions : QuantizerOptions
{
    /// <summary>Number of codes, K.</summary>
    [Option("codes in the codebook", Name = "codes")]
    [JsonPropertyName("codes")]
    public int CodebookSize { get; init; } = 512;

    /// <summary>Width of a code as the decoder gets it, D.</summary>
    [Option("width of a code")]
    public int CodeDim { get; init; } = 64;

    /// <summary>Numbers that a latent vector is projected to, E.</summary>
    [Option("numbers that a latent vector is projected to, to choose its code")]
    public int ProjectionDim { get; init; } = 16;

    [JsonIgnore]
    public override int Width => CodeDim;

    public override void Validate()
    {
        Check.AtLeast("codes", CodebookSize, 1);
        Check.AtLeast("code-dim", CodeDim, 2);
        Check.AtLeast("projection-dim", ProjectionDim, 1);
    }

    public override Quantizer Build(ModuleScope scope) => new RandomProjectionQuantizer(scope, this);
}
