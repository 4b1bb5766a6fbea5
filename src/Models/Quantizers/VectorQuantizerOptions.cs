using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers.Codebooks;

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
public sealed record VectorQuantizerOptions : CodebookOptions
{
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

    /// <summary>By what the nearest code is found.</summary>
    [Option("how codes are compared: euclidean or cosine")]
    public CodeDistance Distance { get; init; }

    /// <summary>How a gradient passes the choice of a code.</summary>
    [Option("how gradients pass the choice of a code: straight-through, rotation or diveq")]
    public Estimator Estimator { get; init; }

    /// <summary>What codes begin with.</summary>
    [Option("what codes begin with: default, uniform, normal, kaiming, keras, or kmeans or samples of the first batch")]
    public CodebookStart CodebookStart { get; init; }

    /// <summary>What moving averages begin with; without meaning under <see cref="CodebookRule.Gradient"/>.</summary>
    [Option("what the averages of the EMA codebook begin with: debiased, zero, one or running")]
    public EmaStart EmaStart { get; init; }

    /// <summary>Whether the codes rest.</summary>
    [Option("whether the codes stay what they begin with")]
    public bool FrozenCodebook { get; init; }

    /// <summary>What becomes of codes that are hardly chosen.</summary>
    [Option("what becomes of codes that are hardly chosen: threshold (--dead-code-threshold) or usage (CVQ-VAE)")]
    public CodeRevival Revival { get; init; }

    /// <summary>What pulls rows to their codes.</summary>
    [Option("the commitment term: mse, cross-entropy, or square-norm, which is the codebook term too")]
    public CommitmentLoss CommitmentLoss { get; init; }

    /// <summary>Which term β weighs; without meaning under <see cref="CodebookRule.Ema"/>, which has one.</summary>
    [Option("which term of a gradient codebook β weighs: commitment, or codebook as in diffusers' legacy form")]
    public BetaTerm BetaOn { get; init; }

    /// <summary>What the gradients of the rows that chose one code come to; for <see cref="CodebookRule.Gradient"/>.</summary>
    [Option("what the gradients of the rows that chose one code come to: their sum or mean")]
    public CodeGradient CodeGradient { get; init; }

    /// <summary>Weight of the loss that makes codes orthogonal; for <see cref="CodebookRule.Gradient"/>, since no loss moves
    /// others.</summary>
    [Option("weight of the loss that makes codes orthogonal", MayChange = true)]
    public double Orthogonal { get; init; }

    /// <summary>Weight of the loss that makes a batch use many codes.</summary>
    [Option("weight of the loss that makes a batch use many codes", MayChange = true)]
    public double Diversity { get; init; }

    /// <summary>In training, codes are drawn by the softmax of their similarity over this; 0 for the nearest.</summary>
    [Option("temperature at which codes are drawn in training; 0: the nearest", MayChange = true)]
    public double SampleTemperature { get; init; }

    /// <summary>Parts of a row that each have an index, H.</summary>
    [Option("parts of a latent vector that each have a code")]
    public int Heads { get; init; } = 1;

    /// <summary>Whether each head has a codebook of its own.</summary>
    [Option("whether each head has a codebook of its own")]
    public bool SeparateCodebooks { get; init; }

    /// <summary>Width of a latent vector that is projected to the codes' and back; 0 for that of the codes, H·D.</summary>
    [Option("width of a latent vector that is projected to its codes' and back; 0: theirs")]
    public int LatentDim { get; init; }

    /// <summary>Whether what is projected is normalized, by a layer norm.</summary>
    [Option("whether projected latent vectors are normalized")]
    public bool ProjectionNorm { get; init; }

    [JsonIgnore]
    public override int Width => LatentDim > 0 ? LatentDim : Heads * CodeDim;

    /// <summary>Whether a row has another width than its codes.</summary>
    [JsonIgnore]
    public bool IsProjected => Width != Heads * CodeDim;

    public override void Validate()
    {
        var isGradient = Rule == CodebookRule.Gradient;
        base.Validate();
        Check.Weight("commitment", Commitment);
        Check.That("commitment-warmup", "a whole number of at least 0", CommitmentWarmup, CommitmentWarmup >= 0);
        Check.Fraction("decay", Decay);
        Check.Weight("dead-code-threshold", DeadCodeThreshold);
        Check.That("codebook", "ema or gradient", Rule, Enum.IsDefined(Rule));
        CheckChoices();
        CheckHeads();
        Check.Weight("orthogonal", Orthogonal);
        Check.That(
            "orthogonal", "0 for codes that no loss moves", Orthogonal, Orthogonal == 0 || (isGradient && !FrozenCodebook));
        Check.That(
            "dead-code-threshold", "0 beside revival by usage", DeadCodeThreshold,
            DeadCodeThreshold == 0 || Revival == CodeRevival.Threshold);
        Check.Weight("diversity", Diversity);
        Check.Weight("sample-temperature", SampleTemperature);
    }

    private void CheckChoices()
    {
        Check.That("distance", "euclidean or cosine", Distance, Enum.IsDefined(Distance));
        Check.That("estimator", "straight-through, rotation or diveq", Estimator, Enum.IsDefined(Estimator));
        Check.That(
            "codebook-start", "default, uniform, normal, kaiming, keras, kmeans or samples", CodebookStart,
            Enum.IsDefined(CodebookStart));
        Check.That("ema-start", "debiased, zero, one or running", EmaStart, Enum.IsDefined(EmaStart));
        Check.That("revival", "threshold or usage", Revival, Enum.IsDefined(Revival));
        Check.That("commitment-loss", "mse, cross-entropy or square-norm", CommitmentLoss, Enum.IsDefined(CommitmentLoss));
        Check.That("code-gradient", "sum or mean", CodeGradient, Enum.IsDefined(CodeGradient));
        Check.That("beta-on", "commitment or codebook", BetaOn, Enum.IsDefined(BetaOn));
    }

    private void CheckHeads()
    {
        Check.Parts("heads", Heads, 1);
        Check.AtLeast("latent-dim", LatentDim, 0);
        Check.That(
            "heads", $"at most {int.MaxValue / CodeDim} of codes of width {CodeDim}", Heads, Heads <= int.MaxValue / CodeDim);
        Check.That("separate-codebooks", "more heads than one", SeparateCodebooks, !SeparateCodebooks || Heads > 1);
        Check.That("projection-norm", "a latent-dim other than the codes'", ProjectionNorm, !ProjectionNorm || IsProjected);
    }

    public override Quantizer Build(ModuleScope scope) => new VectorQuantizer(scope, this);
}
