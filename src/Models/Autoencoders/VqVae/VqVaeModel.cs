using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>The VQ-VAE of "Neural Discrete Representation Learning" (arXiv:1711.00937, section 4.1):
/// images (B, C, H, W) in [−0.5, 0.5], H and W divisible by 4; one grid of codes, H/4 by W/4.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1) → ReLU → c(4,2,1) → ReLU → c3 → residual blocks → ReLU → 1×1 to D; decoder c3 → residual blocks →
/// ReLU → ct(4,2,1) → ReLU → ct(4,2,1). Keys as in the PyTorch notebook that most code follows: <c>_encoder</c>,
/// <c>_pre_vq_conv</c>, <c>_vq_vae</c>, <c>_decoder</c>.</para>
/// </remarks>
public sealed class VqVaeModel : QuantizedAutoencoder
{
    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqVaeModel(ModuleScope scope, VqVaeOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        Encoder = AddChild(new Encoder(scope.In("_encoder"), options));
        PreVqConv = AddChild(new Conv2dLayer(
            scope.In("_pre_vq_conv"), new ConvShape(options.Hidden, options.Quantizer.Width, Kernel: 1), new Conv2dParams()));
        ImageQuantizer = AddChild(options.Quantizer.BuildForImages(scope.In("_vq_vae"), "codes"));
        Decoder = AddChild(new Decoder(scope.In("_decoder"), options));
    }

    /// <summary>Images (B, C, H, W) → (B, Hidden, H/4, W/4).</summary>
    public Encoder Encoder { get; }

    /// <summary>The 1×1 convolution from the encoder's channels to the D of latent images.</summary>
    public Conv2dLayer PreVqConv { get; }

    public override ImageQuantizer ImageQuantizer { get; }

    /// <summary>Latent images (B, D, h, w) → images (B, C, 4h, 4w).</summary>
    public Decoder Decoder { get; }

    public override SourceState ToSource() =>
        ((VqVaeOptions)Options).NamesBlocksTwice ? new HwangJohnState(this) : new NotebookState(this);

    /// <remarks>One by the strided convolutions, one by each convolution of three and residual block.</remarks>
    protected override int LatentReach => 2 + ((VqVaeOptions)Options).ResidualLayers;

    protected override Variable Latent(Variable x, in StepContext context) => PreVqConv.Forward(Encoder.Forward(x, context));

    protected override Variable Image(Variable z, in StepContext context) => Decoder.Forward(z, context);
}
