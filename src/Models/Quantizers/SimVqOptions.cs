using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="SimVqQuantizer"/>.</summary>
public sealed record SimVqOptions : QuantizerOptions
{
    /// <summary>Number of codes, K.</summary>
    [Option("codes in the codebook", Name = "codes")]
    [JsonPropertyName("codes")]
    public int CodebookSize { get; init; } = 512;

    /// <summary>Width of a code, D.</summary>
    [Option("width of a code")]
    public int CodeDim { get; init; } = 64;

    /// <summary>The commitment weight β.</summary>
    [Option("weight β of the commitment term", MayChange = true)]
    public double Commitment { get; init; } = 0.25;

    [JsonIgnore]
    public override int Width => CodeDim;

    public override void Validate()
    {
        Check.AtLeast("codes", CodebookSize, 1);
        Check.AtLeast("code-dim", CodeDim, 1);
        Check.Weight("commitment", Commitment);
    }

    public override Quantizer Build(ModuleScope scope) => new SimVqQuantizer(scope, this);
}
