using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>What families of residual blocks with group normalization and attention have in common, by the names of diffusers'
/// <c>config.json</c>.</summary>
public abstract record ResnetAutoencoderOptions : AutoencoderOptions
{
    /// <summary>More levels halve sides that no image has.</summary>
    private const int MostLevels = 12;

    /// <summary>Channels of each level of encoder and decoder; all levels but the last halve the sides.</summary>
    [Option("channels of each level of encoder and decoder; all levels but the last halve the sides")]
    public ImmutableArray<int> BlockOutChannels { get; init; } = [64];

    /// <summary>Residual blocks of each level of the encoder; the decoder has one more.</summary>
    [Option("residual blocks of each level of the encoder; the decoder has one more")]
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>Channels that the encoder makes.</summary>
    [Option("channels of latent images")]
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of channels that are normalized together.</summary>
    [Option("groups of channels that are normalized together")]
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Levels, from 0, whose residual blocks are each followed by attention: diffusers' <c>AttnDownEncoderBlock2D</c>
    /// and <c>AttnUpDecoderBlock2D</c>.</summary>
    [Option("levels, from 0, whose residual blocks are each followed by attention; none when not given")]
    public ImmutableArray<int> AttentionLevels { get; init; } = [];

    /// <summary>Whether there is attention at the lowest resolution.</summary>
    [Option("whether there is attention at the lowest resolution: true or false")]
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>What a prior of the latent images multiplies them by; the autoencoder itself does not.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    [JsonIgnore]
    public override int Downsampling => 1 << Math.Clamp(BlockOutChannels.Length - 1, 0, MostLevels);

    /// <summary>Sizes of encoder and decoder.</summary>
    [JsonIgnore]
    internal ResnetShape Shape =>
        new(BlockOutChannels, LayersPerBlock, NormNumGroups, AttentionLevels, MidBlockAddAttention);

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("norm-num-groups", NormNumGroups, 1);
        CheckWidths("block-out-channels", BlockOutChannels, NormNumGroups);
        Check.Parts("layers-per-block", LayersPerBlock, 1);
        Check.AtLeast("latent-channels", LatentChannels, 1);
        Check.That(
            "attention-levels", $"levels from 0 to {BlockOutChannels.Length - 1}", Text(AttentionLevels),
            AttentionLevels.IsDefault || AttentionLevels.All(level => level >= 0 && level < BlockOutChannels.Length));
        Check.Weight("scaling-factor", ScalingFactor);
    }

    public virtual bool Equals(ResnetAutoencoderOptions? other) => base.Equals(other) &&
        Text(BlockOutChannels) == Text(other.BlockOutChannels) && Text(AttentionLevels) == Text(other.AttentionLevels) &&
        (LayersPerBlock, LatentChannels, NormNumGroups, MidBlockAddAttention, ScalingFactor) ==
        (other.LayersPerBlock, other.LatentChannels, other.NormNumGroups, other.MidBlockAddAttention, other.ScalingFactor);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Text(BlockOutChannels), LatentChannels);

    /// <summary>Refuses widths of levels that groups do not divide.</summary>
    /// <exception cref="OptionException">There are none, too many, or others than groups allow.</exception>
    private protected static void CheckWidths(string option, ImmutableArray<int> widths, int groups)
    {
        Check.That(
            option, $"from 1 to {MostLevels} levels", Text(widths),
            !widths.IsDefault && widths.Length is >= 1 and <= MostLevels);
        Check.That(
            option, $"multiples of {groups}, the groups that are normalized together", Text(widths),
            widths.All(width => width >= 1 && width % groups == 0));
    }

    private protected static string Text(ImmutableArray<int> numbers) =>
        numbers.IsDefaultOrEmpty ? "none" : string.Join(',', numbers);
}
