using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>The distribution whose distribution function takes numbers to [0, 1].</summary>
public enum CdfActivation
{
    /// <summary>(1 + tanh x) / 2: the logistic distribution of scale ½, variance π²/12.</summary>
    [JsonStringEnumMemberName("tanh")]
    Tanh,

    /// <summary>1 / (1 + e⁻ˣ): the logistic distribution, variance π²/3.</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,

    /// <summary>Φ(x): the standard normal distribution.</summary>
    [JsonStringEnumMemberName("normal")]
    Normal,

    /// <summary>Laplace's distribution, variance 2.</summary>
    [JsonStringEnumMemberName("laplace")]
    Laplace,

    /// <summary>½ + arctan(x) / π: Cauchy's distribution, which has no moments.</summary>
    [JsonStringEnumMemberName("cauchy")]
    Cauchy,
}

/// <summary>Options of a <see cref="FiniteScalarPerturbation"/>.</summary>
public sealed record FiniteScalarPerturbationOptions : QuantizerOptions
{
    /// <summary>Levels of each dimension; their product is the number of codes.</summary>
    [Option("levels of each dimension")]
    public ImmutableArray<int> Levels { get; init; } = [8, 5, 5, 5];

    /// <summary>The distribution function F.</summary>
    [Option("distribution whose function takes numbers to [0, 1]: tanh, sigmoid, normal, laplace or cauchy")]
    public CdfActivation Cdf { get; init; } = CdfActivation.Tanh;

    /// <summary>Probability r that training rounds a number rather than perturbs it.</summary>
    [Option("probability that training rounds a number rather than perturbs it", MayChange = true)]
    public double QuantizeRate { get; init; }

    /// <summary>Weight of the columns' means being 0.</summary>
    [Option("weight of the term for means of 0", MayChange = true)]
    public double MeanWeight { get; init; } = 0.1;

    /// <summary>Weight of the columns' variances being the distribution's.</summary>
    [Option("weight of the term for the distribution's variance", MayChange = true)]
    public double VarianceWeight { get; init; } = 0.07;

    /// <summary>Weight of the columns' skewnesses being 0.</summary>
    [Option("weight of the term for skewnesses of 0", MayChange = true)]
    public double SkewnessWeight { get; init; }

    /// <summary>Weight of the columns' kurtoses being the distribution's.</summary>
    [Option("weight of the term for the distribution's kurtosis", MayChange = true)]
    public double KurtosisWeight { get; init; }

    [JsonIgnore]
    public override int Width => Levels.Length;

    [JsonIgnore]
    internal MomentWeights Weights => new(MeanWeight, VarianceWeight, SkewnessWeight, KurtosisWeight);

    public override void Validate()
    {
        MixedRadix.CheckLevels(Levels);
        Check.That("cdf", "tanh, sigmoid, normal, laplace or cauchy", Cdf, Enum.IsDefined(Cdf));
        Check.That("quantize-rate", "a number from 0 to 1", QuantizeRate, QuantizeRate is >= 0 and <= 1);
        Check.Weight("mean-weight", MeanWeight);
        Check.Weight("variance-weight", VarianceWeight);
        Check.Weight("skewness-weight", SkewnessWeight);
        Check.Weight("kurtosis-weight", KurtosisWeight);
    }

    public override Quantizer Build(ModuleScope scope) => new FiniteScalarPerturbation(scope, this);

    public bool Equals(FiniteScalarPerturbationOptions? other) => other is not null && Levels.SequenceEqual(other.Levels) &&
        (Cdf, QuantizeRate, Weights) == (other.Cdf, other.QuantizeRate, other.Weights);

    public override int GetHashCode() => Levels.Aggregate(HashCode.Combine(Cdf, QuantizeRate, Weights), HashCode.Combine);
}
