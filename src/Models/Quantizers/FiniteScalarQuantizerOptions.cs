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

    [JsonIgnore]
    public override int Width => Levels.Length;

    public override void Validate()
    {
        Check.That("levels", "at least one number", "none", !Levels.IsDefaultOrEmpty);
        foreach (var level in Levels)
        {
            Check.AtLeast("levels", level, 2);
        }

        var codes = Levels.Aggregate(1L, (product, level) => Math.Min(product * level, long.MaxValue / int.MaxValue));
        Check.That(
            "levels", $"a product below {FiniteScalarQuantizer.CodeLimit}", codes, codes < FiniteScalarQuantizer.CodeLimit);
    }

    public override Quantizer Build(ModuleScope scope) => new FiniteScalarQuantizer(scope, this);

    public bool Equals(FiniteScalarQuantizerOptions? other) => other is not null && Levels.SequenceEqual(other.Levels);

    public override int GetHashCode() => Levels.Aggregate(0, HashCode.Combine);
}
