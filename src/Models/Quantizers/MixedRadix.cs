using System.Collections.Immutable;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Levels of dimensions, whose product is a number of codes.</summary>
internal static class MixedRadix
{
    /// <summary>The product of the levels.</summary>
    public static int CodesOf(ImmutableArray<int> levels) => levels.Aggregate(1, (product, level) => product * level);

    /// <exception cref="OptionException">There are none, one is below 2, or there are too many codes.</exception>
    public static void CheckLevels(ImmutableArray<int> levels)
    {
        Check.That("levels", "at least one number", "none", !levels.IsDefaultOrEmpty);
        foreach (var level in levels)
        {
            Check.AtLeast("levels", level, 2);
        }

        var codes = levels.Aggregate(1L, (product, level) => Math.Min(product * level, long.MaxValue / int.MaxValue));
        Check.That(
            "levels", $"a product below {FiniteScalarQuantizer.CodeLimit}", codes, codes < FiniteScalarQuantizer.CodeLimit);
    }
}
