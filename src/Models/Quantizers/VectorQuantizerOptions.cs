using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>How a codebook learns.</summary>
public enum CodebookRule
{
    /// <summary>Exponential moving averages of the vectors that each code was chosen for.</summary>
    [JsonStringEnumMemberName("ema")]
    Ema,

    /// <summary>A loss term that pulls each code to those vectors, and the optimizer.</summary>
    [JsonStringEnumMemberName("gradient")]
    Gradient,
}

/// <summary>Options of a <see cref="VectorQuantizer"/>.</summary>
public sealed record VectorQuantizerOptions : QuantizerOptions
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

    /// <summary>Steps in which β climbs linearly to <see cref="Commitment"/>: in step t it is t / W of it.</summary>
    [Option("steps in which β climbs linearly to its value", MayChange = true)]
    public long CommitmentWarmup { get; init; }

    /// <summary>How the codes learn.</summary>
    [Option("how the codebook learns: ema or gradient", Name = "codebook")]
    [JsonPropertyName("codebook")]
    public CodebookRule Rule { get; init; } = CodebookRule.Ema;

    /// <summary>The decay γ of the moving averages; without meaning under <see cref="CodebookRule.Gradient"/>.</summary>
    [Option("decay γ of the EMA codebook", MayChange = true)]
    public double Decay { get; init; } = 0.99;

    /// <summary>The count below which an EMA code is replaced by a random vector of the batch, see <see cref="EmaCodebook"/>; 0
    /// for none.</summary>
    [Option("vectors of a batch, in the EMA, below which a code is replaced by a random one of them; 0: off", MayChange = true)]
    public double DeadCodeThreshold { get; init; }

    [JsonIgnore]
    public override int Width => CodeDim;

    public override void Validate()
    {
        Check.AtLeast("codes", CodebookSize, 1);
        Check.AtLeast("code-dim", CodeDim, 1);
        Check.Weight("commitment", Commitment);
        Check.That("commitment-warmup", "a whole number of at least 0", CommitmentWarmup, CommitmentWarmup >= 0);
        Check.Fraction("decay", Decay);
        Check.Weight("dead-code-threshold", DeadCodeThreshold);
        Check.That("codebook", "ema or gradient", Rule, Enum.IsDefined(Rule));
    }

    public override Quantizer Build(ModuleScope scope) => new VectorQuantizer(scope, this);
}
