using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="LatentQuantizer"/>.</summary>
public sealed record LatentQuantizerOptions : QuantizerOptions
{
    /// <summary>Scalars of each dimension; their product is the number of codes.</summary>
    [Option("levels of each dimension")]
    public ImmutableArray<int> Levels { get; init; } = [8, 5, 5, 5];

    /// <summary>The weight α of the term that moves the scalars; at 0 they rest.</summary>
    [Option("weight of the term that moves the scalars to the numbers that chose them", MayChange = true)]
    public double QuantizeWeight { get; init; } = 0.1;

    /// <summary>The commitment weight β.</summary>
    [Option("weight β of the commitment term", MayChange = true)]
    public double Commitment { get; init; } = 0.25;

    [JsonIgnore]
    public override int Width => Levels.Length;

    public override void Validate()
    {
        MixedRadix.CheckLevels(Levels);
        Check.Weight("quantize-weight", QuantizeWeight);
        Check.Weight("commitment", Commitment);
    }

    public override Quantizer Build(ModuleScope scope) => new LatentQuantizer(scope, this);

    public bool Equals(LatentQuantizerOptions? other) => other is not null && Levels.SequenceEqual(other.Levels) &&
        (QuantizeWeight, Commitment) == (other.QuantizeWeight, other.Commitment);

    public override int GetHashCode() => Levels.Aggregate(HashCode.Combine(QuantizeWeight, Commitment), HashCode.Combine);
}
