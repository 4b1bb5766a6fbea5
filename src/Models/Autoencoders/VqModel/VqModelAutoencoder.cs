using IlgpuVq.Autograd;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqModel;

/// <summary>The VQModel of diffusers, the autoencoder of VQGAN (arXiv:2012.09841): images (B, C, H, W) in [−0.5, 0.5] whose
/// sides 2ⁿ⁻¹ divides, n levels; one grid of codes.</summary>
/// <remarks>
/// <para>Encoder of residual blocks → 1×1 <c>quant_conv</c> → codes → 1×1 <c>post_quant_conv</c> → decoder. Keys as in
/// diffusers: <c>encoder</c>, <c>quant_conv</c>, <c>quantize.embedding.weight</c>, <c>post_quant_conv</c>,
/// <c>decoder</c>.</para>
/// <para>Encoder and decoder have numbers from −1 to 1, as diffusers' pipelines give them: images are doubled before and halved
/// behind, so that imported weights give the same pictures.</para>
/// </remarks>
public sealed class VqModelAutoencoder : Autoencoder
{
    private readonly Conv2dLayer quantConv, postQuantConv;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqModelAutoencoder(ModuleScope scope, VqModelOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        var (channels, latent, quantizer) = (options.Channels, options.LatentChannels, options.Quantizer);
        Encoder = AddChild(new ResnetEncoder(scope.In("encoder"), (channels, latent), options.Shape));
        quantConv = AddChild(new Conv2dLayer(
            scope.In("quant_conv"), new ConvShape(latent, quantizer.Width, Kernel: 1), new Conv2dParams()));
        ImageQuantizer = AddChild(quantizer.BuildForImages(
            scope.In("quantize").Renaming("_embedding", "embedding"), "codes"));
        postQuantConv = AddChild(new Conv2dLayer(
            scope.In("post_quant_conv"), new ConvShape(quantizer.OutputWidth, latent, Kernel: 1), new Conv2dParams()));
        Decoder = AddChild(new ResnetDecoder(scope.In("decoder"), (latent, channels), options.Shape, options.NormType));
    }

    /// <summary>Images from −1 to 1 (B, C, H, W) → (B, LatentChannels, h, w).</summary>
    public ResnetEncoder Encoder { get; }

    /// <summary>What turns latent images into codes.</summary>
    public ImageQuantizer ImageQuantizer { get; }

    /// <summary>(B, LatentChannels, h, w) → images from −1 to 1 (B, C, H, W).</summary>
    public ResnetDecoder Decoder { get; }

    public override IReadOnlyList<ImageQuantizer> Quantizers => [ImageQuantizer];

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        ImageQuantizer.Layouts(height / Options.Downsampling, width / Options.Downsampling);

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var quantized = ImageQuantizer.Forward(Latent(x, context), context);
        return new AutoencoderOutput(Draw([quantized.Quantized], context), quantized.Loss, quantized.Grids);
    }

    protected override IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context) => [Latent(x, context)];

    protected override IReadOnlyList<CodeGrid> FindCodes(Variable x) =>
        ImageQuantizer.Forward(Latent(x, StepContext.Inference), StepContext.Inference).Grids;

    protected override IReadOnlyList<Tensor<float>> FindVectors(IReadOnlyList<CodeGrid> codes) =>
        [ImageQuantizer.Lookup(codes)];

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        Decoder.Forward(postQuantConv.Forward(latents[0]), latents[0], context) * 0.5f;

    private Variable Latent(Variable x, in StepContext context) => quantConv.Forward(Encoder.Forward(x * 2, context));
}
