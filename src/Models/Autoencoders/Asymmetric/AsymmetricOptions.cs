using System.Collections.Immutable;
using System.Text.Json.Serialization;
using IlgpuVq.Models.Autoencoders.Resnet;

namespace IlgpuVq.Models.Autoencoders.Asymmetric;

/// <summary>Options of an <see cref="AsymmetricModel"/>, by the names of diffusers' <c>config.json</c>. Those of
/// <see cref="ResnetAutoencoderOptions"/> are the encoder's.</summary>
public sealed record AsymmetricOptions : ResnetAutoencoderOptions
{
    /// <summary>Channels of each level of the decoder, from the image's resolution down.</summary>
    [Option("channels of each level of the decoder, as many levels as the encoder has; its own when not given")]
    public ImmutableArray<int> UpBlockOutChannels { get; init; } = [];

    /// <summary>Residual blocks of each level of the decoder, which has one more.</summary>
    [Option("residual blocks of each level of the decoder, which has one more")]
    public int LayersPerUpBlock { get; init; } = 1;

    /// <summary>Weight of a nat of divergence for each image.</summary>
    [Option("weight of the divergence of latent images from N(0, 1), in nats for each image", MayChange = true)]
    public double PosteriorWeight { get; init; } = 1e-6;

    /// <summary>Channels of the layers that read a given image, from its resolution down.</summary>
    [Option("channels of the layers that read a given image, from its resolution down; those of the decoder's levels, the last "
        + "twice, when not given")]
    public ImmutableArray<int> ConditionChannels { get; init; } = [];

    /// <summary>Random rectangles of each image that training lets the decoder draw, the rest being given; 0 for the whole
    /// image.</summary>
    [Option("random rectangles of an image that the decoder draws in training, the rest being given; 0: always the whole image")]
    public int MaskRectangles { get; init; }

    /// <summary>The part of the images that the decoder draws as a whole all the same, as it does outside of training.</summary>
    [Option("part of the images that the decoder draws as a whole beside --mask-rectangles")]
    public double MaskWhole { get; init; } = 0.5;

    /// <summary>Channels of the layers that read a given image, where they are not given those of the levels.</summary>
    [JsonIgnore]
    internal ImmutableArray<int> ConditionWidths =>
        ConditionChannels.IsDefaultOrEmpty ? [.. UpShape.Widths, UpShape.Widths[^1]] : ConditionChannels;

    /// <summary>Whether there is a layer of the shape of what enters each level of the decoder and of what leaves the
    /// last.</summary>
    [JsonIgnore]
    internal bool CanInpaint
    {
        get
        {
            var (levels, layers) = (UpShape.Widths, ConditionWidths);
            var lowest = levels.Length - 1;
            return levels.Select((width, level) => (width, Math.Max(level - 1, 0))).Append((levels[lowest], lowest))
                .All(layers.Select((width, layer) => (width, Math.Max(layer - 1, 0))).Contains);
        }
    }

    /// <summary>Channels of the layers that diffusers gives any decoder: five, each of twice as many as the one before, up to
    /// those of the decoder's lowest resolution.</summary>
    /// <param name="widths">Channels of the decoder's levels.</param>
    public static ImmutableArray<int> ConditionChannelsFor(ImmutableArray<int> widths)
    {
        const int halvings = 4; // of 16 pixels of a side
        return [.. Enumerable.Range(0, halvings).Select(i => (int)Math.Min((long)widths[0] << i, widths[^1])), widths[^1]];
    }

    /// <summary>Sizes of the decoder.</summary>
    [JsonIgnore]
    internal ResnetShape UpShape => Shape with
    {
        Widths = UpBlockOutChannels.IsDefaultOrEmpty ? BlockOutChannels : UpBlockOutChannels,
        Layers = LayersPerUpBlock,
    };

    public override void Validate()
    {
        base.Validate();
        CheckWidths("up-block-out-channels", UpShape.Widths, NormNumGroups);
        Check.That(
            "up-block-out-channels", $"a number for each of {BlockOutChannels.Length} levels", Text(UpBlockOutChannels),
            UpShape.Widths.Length == BlockOutChannels.Length);
        Check.Parts("layers-per-up-block", LayersPerUpBlock, 1);
        Check.Weight("posterior-weight", PosteriorWeight);
        Check.That(
            "condition-channels", "numbers of at least 1, and no more than of 12 levels", Text(ConditionChannels),
            ConditionWidths.Length <= 12 && ConditionWidths.All(width => width >= 1));
        Check.That("mask-rectangles", "a whole number from 0 to 64", MaskRectangles, MaskRectangles is >= 0 and <= 64);
        Check.That(
            "mask-rectangles", "0 where no layer of the condition has the channels of a level of the decoder", MaskRectangles,
            MaskRectangles == 0 || CanInpaint);
        Check.That("mask-whole", "a number from 0 to 1", MaskWhole, MaskWhole is >= 0 and <= 1);
    }

    public bool Equals(AsymmetricOptions? other) => base.Equals(other) &&
        Text(UpBlockOutChannels) == Text(other.UpBlockOutChannels) &&
        Text(ConditionChannels) == Text(other.ConditionChannels) &&
        (LayersPerUpBlock, PosteriorWeight, MaskRectangles, MaskWhole) ==
        (other.LayersPerUpBlock, other.PosteriorWeight, other.MaskRectangles, other.MaskWhole);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Text(UpBlockOutChannels), LayersPerUpBlock);

    public override Autoencoder Build(ModuleScope scope) => new AsymmetricModel(scope, this);
}
