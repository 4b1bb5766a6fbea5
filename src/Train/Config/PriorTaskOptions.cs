using System.Collections.Immutable;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Config;

/// <summary>A prior of the codes of a trained autoencoder, which itself stays as it is.</summary>
public sealed record PriorTaskOptions : TaskOptions
{
    /// <summary>What it is made of.</summary>
    public PriorOptions Prior { get; init; } = new PixelCnnOptions();

    /// <summary>Held-out images that a line of metrics measures on.</summary>
    [Option("held-out images that each line of metrics measures on; 0: none", MayChange = true)]
    public int HeldImages { get; init; } = 1024;

    /// <summary>Part of the images that are held out where the data have no other split.</summary>
    [Option("part of the images that are held out, the last ones, where the data have no split for it")]
    public double HeldPart { get; init; } = 0.1;

    /// <summary>Classes of the images, known once the codes are there; 0 for a prior that knows none.</summary>
    public int Classes { get; init; }

    /// <summary>The grids of codes, known once they are there, in the order in which they are drawn.</summary>
    public ImmutableArray<GridOptions> Grids { get; init; } = [];

    /// <summary>SHA-256 of the autoencoder whose codes they are, known once they are there.</summary>
    public string ModelHash { get; init; } = "";

    public bool Equals(PriorTaskOptions? other) =>
        base.Equals(other) && Prior == other.Prior &&
        (HeldImages, HeldPart, Classes, ModelHash) == (other.HeldImages, other.HeldPart, other.Classes, other.ModelHash) &&
        Grids.SequenceEqual(other.Grids);

    public override int GetHashCode() => HashCode.Combine(Prior, HeldImages, Classes, ModelHash, Grids.Length);

    /// <summary>The grids as layouts.</summary>
    internal IReadOnlyList<CodeLayout> Layouts =>
        [.. Grids.Select(grid => new CodeLayout(grid.Name, grid.Height, grid.Width, grid.Codes))];

    public override void Validate()
    {
        Prior.Validate();
        Check.AtLeast("held-images", HeldImages, 0);
        Check.Fraction("held-part", HeldPart);
        Check.AtLeast("task.classes", Classes, 0);
        foreach (var grid in Grids.IsDefault ? [] : Grids)
        {
            Check.AtLeast("task.grids.height", grid.Height, 1);
            Check.AtLeast("task.grids.width", grid.Width, 1);
            Check.That(
                "task.grids.codes", "at least one level of at least one code each", string.Join(',', grid.Codes),
                !grid.Codes.IsDefaultOrEmpty && grid.Codes.All(k => k >= 1));
        }
    }
}

/// <summary>A grid of codes in a config.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Places of a row.</param>
/// <param name="Codes">K of each level.</param>
public sealed record GridOptions(string Name, int Height, int Width, ImmutableArray<int> Codes)
{
    public bool Equals(GridOptions? other) =>
        other is not null && (Name, Height, Width) == (other.Name, other.Height, other.Width) && Codes.SequenceEqual(other.Codes);

    public override int GetHashCode() => HashCode.Combine(Name, Height, Width, Codes.Length);
}
