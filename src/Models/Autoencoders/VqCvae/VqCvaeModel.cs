using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqCvae;

/// <summary>The VQ-CVAE with batch norm of nadavbh12's VQ-VAE: images (B, C, H, W) in [−0.5, 0.5], H and W divisible by 4; one
/// grid of codes, H/4 by W/4.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1) → BN → ReLU → c(4,2,1) → BN → ReLU → block → BN → block → BN; decoder block → BN → block → ct(4,2,1) →
/// BN → ReLU → ct(4,2,1) → tanh; a block is x + c1(ReLU(BN(c3(ReLU(x))))), in the decoder without the norm. Codes are as wide as
/// all of it. The encoder's last norm begins with weights of 1/40, so that latent vectors are as short as the codes.</para>
/// <para>Inside, pixels are those that its weights expect (<see cref="VqCvaeOptions.PixelRange"/>): −1 … 1, of MNIST 0 … 1 under
/// the same tanh.</para>
/// <para>Keys as there: <c>encoder</c>, <c>decoder</c>; the codes (K, D), <c>emb.weight</c> (D, K) there, are
/// <c>emb._embedding.weight</c>.</para>
/// </remarks>
public sealed class VqCvaeModel : QuantizedAutoencoder
{
    private const float LastScale = 1f / 40;

    private readonly QuantizerProjection projection;
    private readonly PixelRange range;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqCvaeModel(ModuleScope scope, VqCvaeOptions options)
        : base(scope, options)
    {
        options.Validate();
        range = options.PixelRange;
        scope = scope.With(options.Init);
        var (c, d) = (options.Channels, options.Hidden);
        var two = new Conv2dParams(Stride: 2, Padding: 1);
        Encoder = AddChild(new Sequential(scope.In("encoder"),
            at => new Conv2dLayer(at, new ConvShape(c, d, Kernel: 4), two),
            at => new BatchNormLayer(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(d, d, Kernel: 4), two),
            at => new BatchNormLayer(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new CvaeBlock(at, d, hasNorm: true),
            at => new BatchNormLayer(at, d),
            at => new CvaeBlock(at, d, hasNorm: true),
            at => new BatchNormLayer(at, d, scale: LastScale)));
        projection = AddChild(new QuantizerProjection(scope, d, options.Quantizer));
        ImageQuantizer = AddChild(options.Quantizer.BuildForImages(scope.In("emb"), "codes"));
        Decoder = AddChild(new Sequential(scope.In("decoder"),
            at => new CvaeBlock(at, d, hasNorm: false),
            at => new BatchNormLayer(at, d),
            at => new CvaeBlock(at, d, hasNorm: false),
            at => new ConvTranspose2dLayer(at, new ConvShape(d, d, Kernel: 4), two),
            at => new BatchNormLayer(at, d),
            at => new FunctionLayer(at, Relu.Apply),
            at => new ConvTranspose2dLayer(at, new ConvShape(d, c, Kernel: 4), two)));
    }

    /// <summary>Images (B, C, H, W) of the model's range → (B, Hidden, H/4, W/4).</summary>
    public Sequential Encoder { get; }

    public override ImageQuantizer ImageQuantizer { get; }

    /// <summary>(B, Hidden, h, w) → images (B, C, 4h, 4w) of the model's range, before the tanh.</summary>
    public Sequential Decoder { get; }

    public override SourceState ToSource() => VqCvaeWeights.ToSource(this);

    /// <remarks>One by the strided convolutions, one by each block.</remarks>
    protected override int LatentReach => 3;

    protected override Variable Latent(Variable x, in StepContext context) =>
        projection.ToCodes(Encoder.Forward(range.Enter(x), context));

    protected override Variable Image(Variable z, in StepContext context) =>
        range.Leave(Tanh.Apply(Decoder.Forward(projection.FromCodes(z), context)));
}
