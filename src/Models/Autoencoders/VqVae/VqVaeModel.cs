using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>The VQ-VAE of "Neural Discrete Representation Learning" (arXiv:1711.00937, section 4.1): images (B, C, H, W) in [−0.5, 0.5],
/// H and W divisible by 4; one grid of codes, H/4 by W/4.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1) → ReLU → c(4,2,1) → ReLU → c3 → residual blocks → ReLU → 1×1 to D; decoder c3 → residual blocks → ReLU →
/// ct(4,2,1) → ReLU → ct(4,2,1). Keys as in the PyTorch notebook that most code follows: <c>_encoder</c>, <c>_pre_vq_conv</c>,
/// <c>_vq_vae</c>, <c>_decoder</c>.</para>
/// </remarks>
public sealed class VqVaeModel : Autoencoder
{
    private readonly Encoder encoder;
    private readonly Conv2dLayer preVqConv;
    private readonly ImageQuantizer quantizer;
    private readonly Decoder decoder;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqVaeModel(ModuleScope scope, VqVaeOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        encoder = AddChild(new Encoder(scope.In("_encoder"), options));
        preVqConv = AddChild(new Conv2dLayer(
            scope.In("_pre_vq_conv"), new ConvShape(options.Hidden, options.Quantizer.Width, Kernel: 1), new Conv2dParams()));
        quantizer = AddChild(new ImageQuantizer(scope.In("_vq_vae"), options.Quantizer));
        decoder = AddChild(new Decoder(scope.In("_decoder"), options));
    }

    /// <summary>What turns latent pixels into codes.</summary>
    public Quantizer Quantizer => quantizer.Quantizer;

    /// <summary>Latent images z (B, D, H/4, W/4) of x (B, C, H, W), before they are quantized.</summary>
    public Variable Latents(Variable x, in StepContext context = default) => preVqConv.Forward(encoder.Forward(x, context));

    /// <summary>Images of latent images (B, D, h, w), quantized or not.</summary>
    public Variable Images(Variable latents, in StepContext context = default) => decoder.Forward(latents, context);

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        [quantizer.Layout(height / Options.Downsampling, width / Options.Downsampling)];

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var quantized = quantizer.Forward(Latents(x, context), context);
        return new AutoencoderOutput(Images(quantized.Quantized, context), quantized.Loss, [quantized.Codes]);
    }

    protected override IReadOnlyList<CodeGrid> FindCodes(Variable x) => [quantizer.Forward(Latents(x), StepContext.Inference).Codes];

    protected override Variable Draw(Tape tape, IReadOnlyList<CodeGrid> codes)
    {
        using var latents = quantizer.Lookup(codes[0]);
        return Images(tape.Constant(latents));
    }
}
