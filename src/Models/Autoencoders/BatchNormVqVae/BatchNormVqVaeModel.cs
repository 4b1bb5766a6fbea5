using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.BatchNormVqVae;

/// <summary>The VQ-VAE with batch norm of ritheshkumar95's pytorch-vqvae: images (B, C, H, W) in [−0.5, 0.5], H and W divisible
/// by 4; one grid of codes, H/4 by W/4.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1) → BN → ReLU → c(4,2,1) → 2 blocks; decoder 2 blocks → ReLU → ct(4,2,1) → BN → ReLU → ct(4,2,1) → tanh;
/// a block is relu(x) + BN(c1(ReLU(BN(c3(relu(x)))))). Codes are as wide as all of it.</para>
/// <para>Inside, pixels are −1 … 1, as its weights expect them: x is doubled at the start, and the tanh halved at the
/// end.</para>
/// <para>Keys as there: <c>encoder</c>, <c>codebook</c>, <c>decoder</c>; the codes, <c>codebook.embedding.weight</c> there,
/// are <c>codebook._embedding.weight</c>, and under that key in <see cref="ToSource"/>.</para>
/// </remarks>
public sealed class BatchNormVqVaeModel : QuantizedAutoencoder
{
    private readonly QuantizerProjection projection;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public BatchNormVqVaeModel(ModuleScope scope, BatchNormVqVaeOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        var (c, d) = (options.Channels, options.Hidden);
        var two = new Conv2dParams(Stride: 2, Padding: 1);
        Encoder = AddChild(new Sequential(scope.In("encoder"),
            at => new Conv2dLayer(at, new ConvShape(c, d, Kernel: 4), two),
            at => new BatchNormLayer(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(d, d, Kernel: 4), two),
            at => new NormedBlock(at, d),
            at => new NormedBlock(at, d)));
        projection = AddChild(new QuantizerProjection(scope, d, options.Quantizer));
        ImageQuantizer = AddChild(options.Quantizer.BuildForImages(scope.In("codebook"), "codes"));
        Decoder = AddChild(new Sequential(scope.In("decoder"),
            at => new NormedBlock(at, d),
            at => new NormedBlock(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new ConvTranspose2dLayer(at, new ConvShape(d, d, Kernel: 4), two),
            at => new BatchNormLayer(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new ConvTranspose2dLayer(at, new ConvShape(d, c, Kernel: 4), two),
            at => new FunctionLayer(at, Tanh.Apply)));
    }

    /// <summary>Images (B, C, H, W) in [−1, 1] → (B, Hidden, H/4, W/4).</summary>
    public Sequential Encoder { get; }

    public override ImageQuantizer ImageQuantizer { get; }

    /// <summary>(B, Hidden, h, w) → images (B, C, 4h, 4w) in [−1, 1].</summary>
    public Sequential Decoder { get; }

    public override SourceState ToSource() => BatchNormVqVaeWeights.ToSource(this);

    /// <remarks>One by the strided convolutions, one by each block.</remarks>
    protected override int LatentReach => 3;

    protected override Variable Latent(Variable x, in StepContext context) =>
        projection.ToCodes(Encoder.Forward(PixelRange.Signed.Enter(x), context));

    protected override Variable Image(Variable z, in StepContext context) =>
        PixelRange.Signed.Leave(Decoder.Forward(projection.FromCodes(z), context));
}
