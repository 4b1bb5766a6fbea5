using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="FiniteScalarQuantizer"/>.</summary>
public sealed record FiniteScalarQuantizerOptions : QuantizerOptions
{
    /// <summary>Levels of each dimension; their product is the number of codes. The default is the paper's for about 2¹⁰
    /// codes.</summary>
    [Option("levels of each dimension")]
    public ImmutableArray<int> Levels { get; init; } = [8, 5, 5, 5];

    /// <summary>How many codebooks of these levels a row is divided among, each with numbers and an index of its own.</summary>
    [Option("codebooks that a latent vector is divided among, each of these levels")]
    public int Codebooks { get; init; } = 1;

    /// <summary>Whether the levels of every dimension lie from −1 to 1, also where their number is even.</summary>
    [Option("whether all levels lie symmetrically, from -1 to 1")]
    public bool Symmetric { get; init; }

    /// <summary>Probability that training adds noise as wide as a level to a number rather than rounds it.</summary>
    [Option("probability that training adds noise as wide as a level to a number rather than rounds it", MayChange = true)]
    public double NoiseDropout { get; init; }

    [JsonIgnore]
    public override int Width => Codebooks * Levels.Length;

    public override void Validate()
    {
        MixedRadix.CheckLevels(Levels);
        Check.Parts("codebooks", Codebooks, 1);
        Check.Fraction("noise-dropout", NoiseDropout);
    }

    public override Quantizer Build(ModuleScope scope) => new FiniteScalarQuantizer(scope, this);

    public bool Equals(FiniteScalarQuantizerOptions? other) => other is not null && Levels.SequenceEqual(other.Levels) &&
        (Codebooks, Symmetric, NoiseDropout) == (other.Codebooks, other.Symmetric, other.NoiseDropout);

    public override int GetHashCode() =>
        Levels.Aggregate(HashCode.Combine(Codebooks, Symmetric, NoiseDropout), HashCode.Combine);
}
