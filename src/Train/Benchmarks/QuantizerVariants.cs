using System.CommandLine;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Benchmarks;

/// <summary>A quantizer to compare with others: its name and the options of <c>train</c> that choose it.</summary>
internal sealed record QuantizerVariant(string Name, string Options)
{
    /// <summary>A config like another, with this quantizer.</summary>
    /// <exception cref="RunException">The model has not these options.</exception>
    public RunConfig Apply(RunConfig config)
    {
        var options = new ConfigOptions(_ => config);
        var command = new Command(Name);
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        return options.Apply(command.Parse(Options.Split(' ')), resumed: null);
    }
}

/// <summary>All quantizers that are compared, each kind at least once.</summary>
/// <remarks>A place of the latent image takes 9 bits where a kind has one level, 28 with four levels of 128 codes or of nearly as
/// many; latent vectors are 64 wide, or as wide as levels and bits make them. Scalars of residual kinds have 5 levels, for 5³ is
/// near 128. Codebooks learned by their gradient come in other sizes too: how many codes are used depends on both.</remarks>
internal static class QuantizerVariants
{
    public static IReadOnlyList<QuantizerVariant> All { get; } =
    [
        new("vector", "--quantizer vector"),
        new("vector-gradient", "--quantizer vector --codebook gradient"),
        new("vector-gradient-128-codes", "--quantizer vector --codebook gradient --codes 128"),
        new("vector-gradient-2048-codes", "--quantizer vector --codebook gradient --codes 2048"),
        new("vector-gradient-16-wide", "--quantizer vector --codebook gradient --code-dim 16"),
        new("vector-gradient-256-wide", "--quantizer vector --codebook gradient --code-dim 256"),
        new("vector-cosine", "--quantizer vector --distance cosine"),
        new("vector-cosine-revival", "--quantizer vector --distance cosine --dead-code-threshold 1"),
        new("vector-rotation", "--quantizer vector --estimator rotation"),
        new("vector-diveq", "--quantizer vector --estimator diveq"),
        new("vector-revival", "--quantizer vector --dead-code-threshold 1"),
        new("vector-kmeans", "--quantizer vector --codebook-start kmeans"),
        new("fsq", "--quantizer fsq --levels 8,8,8"),
        new("residual", "--quantizer residual --layers 4 --codes 128"),
        new("grouped-residual", "--quantizer grouped-residual --groups 2 --layers 2 --codes 128 --code-dim 32"),
        new("residual-fsq", "--quantizer residual-fsq --layers 4 --levels 5,5,5"),
        new("grouped-residual-fsq", "--quantizer grouped-residual-fsq --groups 2 --layers 2 --levels 5,5,5"),
        new("lfq", "--quantizer lfq --bits 9"),
        new("bsq", "--quantizer bsq --bits 9"),
        new("residual-lfq", "--quantizer residual-lfq --layers 4 --bits 7"),
        new("latent", "--quantizer latent --levels 8,8,8"),
        new("simvq", "--quantizer simvq"),
        new("residual-simvq", "--quantizer residual-simvq --layers 4 --codes 128"),
        new("random-projection", "--quantizer random-projection"),
        new("fsp", "--quantizer fsp --levels 8,8,8"),
        new("binary", "--quantizer binary --bits 9"),
        new("hierarchical", "--quantizer hierarchical"),
        new("gumbel", "--quantizer gumbel"),
    ];

    /// <summary>Those of a list of names, in its order; all for null.</summary>
    /// <exception cref="RunException">A name is none of them, or comes twice.</exception>
    public static IReadOnlyList<QuantizerVariant> Find(string option, string? names)
    {
        if (names is null)
        {
            return All;
        }

        var chosen = Array.ConvertAll(names.Split(','), name =>
            All.FirstOrDefault(variant => variant.Name == name) ?? throw new RunException(
                option, string.Join(", ", All.Select(variant => variant.Name)), $"'{name}'",
                Spelling.DidYouMean(name, All.Select(variant => variant.Name)) is { Length: > 0 } guess
                    ? guess
                    : "Choose of these, separated by commas."));
        return chosen.Distinct().Count() == chosen.Length
            ? chosen
            : throw new RunException(option, "each name once", names, "Leave the second one out.");
    }
}
