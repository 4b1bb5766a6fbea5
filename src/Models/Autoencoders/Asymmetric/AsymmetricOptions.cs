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
    }

    public bool Equals(AsymmetricOptions? other) => base.Equals(other) &&
        Text(UpBlockOutChannels) == Text(other.UpBlockOutChannels) &&
        (LayersPerUpBlock, PosteriorWeight) == (other.LayersPerUpBlock, other.PosteriorWeight);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Text(UpBlockOutChannels), LayersPerUpBlock);

    public override Autoencoder Build(ModuleScope scope) => new AsymmetricModel(scope, this);
}
