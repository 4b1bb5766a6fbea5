using IlgpuVq.Autograd;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.KlAutoencoder;

/// <summary>The AutoencoderKL of diffusers, the autoencoder of latent diffusion models (arXiv:2112.10752): images (B, C, H, W) in
/// [−0.5, 0.5] whose sides 2ⁿ⁻¹ divides, n levels; latent images (B, LatentChannels, h, w) of real numbers.</summary>
/// <remarks>
/// <para>Encoder of residual blocks, with a mean and a log variance for each latent number → 1×1 <c>quant_conv</c> → a draw →
/// 1×1 <c>post_quant_conv</c> → decoder. Keys as in diffusers.</para>
/// <para>Encoder and decoder have numbers from −1 to 1: images are doubled before and halved behind, so that imported weights
/// give the same pictures.</para>
/// </remarks>
public sealed class KlAutoencoderModel : GaussianAutoencoder
{
    private readonly Conv2dLayer? quantConv, postQuantConv;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public KlAutoencoderModel(ModuleScope scope, KlAutoencoderOptions options)
        : base(scope, options, options.PosteriorWeight)
    {
        options.Validate();
        scope = scope.With(options.Init);
        LatentChannels = options.LatentChannels;
        var moments = 2 * LatentChannels;
        Encoder = AddChild(new ResnetEncoder(scope.In("encoder"), (options.Channels, moments), options.Shape));
        quantConv = options.UseQuantConv ? Pixelwise("quant_conv", moments) : null;
        postQuantConv = options.UsePostQuantConv ? Pixelwise("post_quant_conv", LatentChannels) : null;
        Decoder = AddChild(new ResnetDecoder(
            scope.In("decoder"), (LatentChannels, options.Channels), options.Shape, NormType.Group));

        Conv2dLayer Pixelwise(string key, int channels) => AddChild(new Conv2dLayer(
            scope.In(key), new ConvShape(channels, channels, Kernel: 1), new Conv2dParams()));
    }

    /// <summary>Images from −1 to 1 (B, C, H, W) → means and log variances (B, 2·LatentChannels, h, w).</summary>
    public ResnetEncoder Encoder { get; }

    /// <summary>(B, LatentChannels, h, w) → images from −1 to 1 (B, C, H, W).</summary>
    public ResnetDecoder Decoder { get; }

    protected override int LatentChannels { get; }

    protected override DiagonalGaussian FindPosterior(Variable x, in StepContext context)
    {
        var moments = Encoder.Forward(x * 2, context);
        return DiagonalGaussian.OfMoments(quantConv?.Forward(moments) ?? moments);
    }

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        Decoder.Forward(postQuantConv?.Forward(latents[0]) ?? latents[0], context) * 0.5f;
}
