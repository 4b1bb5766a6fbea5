using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What quantizers that choose from K vectors of width D have in common.</summary>
public abstract record CodebookOptions : QuantizerOptions
{
    /// <summary>Number of codes, K.</summary>
    [Option("codes in the codebook", Name = "codes")]
    [JsonPropertyName("codes")]
    public int CodebookSize { get; init; } = 512;

    /// <summary>Width of a code, D.</summary>
    [Option("width of a code")]
    public int CodeDim { get; init; } = 64;

    [JsonIgnore]
    public override int Width => CodeDim;

    public override void Validate()
    {
        Check.AtLeast("codes", CodebookSize, 1);
        Check.AtLeast("code-dim", CodeDim, 1);
    }
}
