using System.Collections.Immutable;

namespace IlgpuVq.Models.Quantizers.Hierarchical;

/// <summary>Options of a <see cref="HierarchicalQuantizer"/>.</summary>
public sealed record HierarchicalOptions : CodebookOptions
{
    /// <summary>The commitment weight β.</summary>
    [Option("weight β of the commitment term", MayChange = true)]
    public double Commitment { get; init; } = 0.25;

    /// <summary>Sides of the square grids that come before the one of all latent pixels, from coarse to fine.</summary>
    [Option("sides of the grids of codes before the one of all latent pixels, from coarse to fine")]
    public ImmutableArray<int> Scales { get; init; } = [1, 2, 4];

    /// <summary>The part r that the convolution φ has in what a scale adds.</summary>
    [Option("part of a scale's 3×3 convolution in what the scale adds, from 0 to 1")]
    public double ConvolutionRatio { get; init; } = 0.5;

    /// <summary>Whether all scales have one convolution.</summary>
    [Option("whether all scales have one convolution: true or false")]
    public bool SharedConvolution { get; init; }

    public override void Validate()
    {
        base.Validate();
        Check.Weight("commitment", Commitment);
        Check.That("scales", "numbers, each larger than the one before", "none", !Scales.IsDefault);
        for (var i = 0; i < Scales.Length; i++)
        {
            Check.AtLeast("scales", Scales[i], 1);
            Check.That(
                "scales", "numbers, each larger than the one before", string.Join(',', Scales),
                i == 0 || Scales[i] > Scales[i - 1]);
        }

        Check.That("convolution-ratio", "a number from 0 to 1", ConvolutionRatio, ConvolutionRatio is >= 0 and <= 1);
    }

    public override Quantizer Build(ModuleScope scope) => new ScaleCodebook(scope, CodebookSize, CodeDim);

    public override ImageQuantizer BuildForImages(ModuleScope scope, string name) => new HierarchicalQuantizer(scope, this, name);

    public bool Equals(HierarchicalOptions? other) => other is not null && Scales.SequenceEqual(other.Scales) &&
        (CodebookSize, CodeDim, Commitment, ConvolutionRatio, SharedConvolution) ==
        (other.CodebookSize, other.CodeDim, other.Commitment, other.ConvolutionRatio, other.SharedConvolution);

    public override int GetHashCode() => HashCode.Combine(CodebookSize, CodeDim, Commitment, ConvolutionRatio, Scales.Length);
}
