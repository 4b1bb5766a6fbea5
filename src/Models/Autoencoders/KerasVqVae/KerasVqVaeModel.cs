using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.KerasVqVae;

/// <summary>The VQ-VAE of the keras.io example for MNIST: images (B, C, H, W) in [−0.5, 0.5], H and W divisible by 4; one grid of
/// codes, H/4 by W/4.</summary>
/// <remarks>
/// <para>Encoder c3 ÷2 → ReLU → c3 ÷2 → ReLU → 1×1 to D; decoder ct3 ×2 → ReLU → ct3 ×2 → ReLU → ct3. Padded as TensorFlow does
/// (<see cref="SamePadding"/>).</para>
/// <para>Keys <c>encoder.{i}</c> and <c>decoder.{i}</c> of the convolutions, in their order, <c>quantizer</c>; PyTorch's form of
/// the weights.</para>
/// </remarks>
public sealed class KerasVqVaeModel : QuantizedAutoencoder
{
    /// <exception cref="OptionException">An option outside its range.</exception>
    public KerasVqVaeModel(ModuleScope scope, KerasVqVaeOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        var (half, full, quantizer) = (options.Hidden / 2, options.Hidden, options.Quantizer);
        var (one, two) = (SamePadding.Of(kernel: 3, stride: 1), SamePadding.Of(kernel: 3, stride: 2));
        Encoder = AddChild(new Sequential(scope.In("encoder"),
            at => new Conv2dLayer(at, new ConvShape(options.Channels, half, Kernel: 3), two, Activation.Relu),
            at => new Conv2dLayer(at, new ConvShape(half, full, Kernel: 3), two, Activation.Relu),
            at => new Conv2dLayer(at, new ConvShape(full, quantizer.Width, Kernel: 1), new Conv2dParams())));
        ImageQuantizer = AddChild(quantizer.BuildForImages(scope.In("quantizer"), "codes"));
        Decoder = AddChild(new Sequential(scope.In("decoder"),
            at => new ConvTranspose2dLayer(at, new ConvShape(quantizer.OutputWidth, full, Kernel: 3), two, Activation.Relu),
            at => new ConvTranspose2dLayer(at, new ConvShape(full, half, Kernel: 3), two, Activation.Relu),
            at => new ConvTranspose2dLayer(at, new ConvShape(half, options.Channels, Kernel: 3), one)));
    }

    /// <summary>Images (B, C, H, W) → latent images (B, D, H/4, W/4).</summary>
    public Sequential Encoder { get; }

    public override ImageQuantizer ImageQuantizer { get; }

    /// <summary>Latent images (B, D, h, w) → images (B, C, 4h, 4w).</summary>
    public Sequential Decoder { get; }

    protected override int LatentReach => 1;

    protected override Variable Latent(Variable x, in StepContext context) => Encoder.Forward(x, context);

    protected override Variable Image(Variable z, in StepContext context) => Decoder.Forward(z, context);
}
