using IlgpuVq.Models.Autoencoders.Resnet;

namespace IlgpuVq.Models.Autoencoders.KlAutoencoder;

/// <summary>Options of a <see cref="KlAutoencoderModel"/>.</summary>
public sealed record KlAutoencoderOptions : ResnetAutoencoderOptions
{
    /// <summary>Weight of a nat of divergence for each image; the default is that of latent diffusion models
    /// (arXiv:2112.10752, appendix G).</summary>
    [Option("weight of the divergence of latent images from N(0, 1), in nats for each image", MayChange = true)]
    public double PosteriorWeight { get; init; } = 1e-6;

    /// <summary>Whether a 1×1 convolution follows the encoder.</summary>
    [Option("whether a 1x1 convolution follows the encoder: true or false")]
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether a 1×1 convolution precedes the decoder.</summary>
    [Option("whether a 1x1 convolution precedes the decoder: true or false")]
    public bool UsePostQuantConv { get; init; } = true;

    public override void Validate()
    {
        base.Validate();
        Check.Weight("posterior-weight", PosteriorWeight);
    }

    public override Autoencoder Build(ModuleScope scope) => new KlAutoencoderModel(scope, this);
}
