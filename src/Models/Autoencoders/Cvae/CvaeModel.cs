using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Cvae;

/// <summary>The convolutional VAE that nadavbh12's VQ-VAE is compared to: images (B, C, S, S) in [−0.5, 0.5] of one side S;
/// latent images (B, Hidden, S/4, S/4), each number of all that the encoder gives.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1), BN, ReLU, c(4,2,1), BN, ReLU, residual, BN, residual; a linear map of all of it for the means and one
/// for the log variances; decoder residual, BN, residual, BN, ct(4,2,1), BN, ReLU, ct(4,2,1), tanh. Convolutions beside a batch
/// norm, and the last, have no bias. Keys as in the original: <c>encoder.i</c>, <c>fc11</c>, <c>fc12</c>,
/// <c>decoder.i</c>.</para>
/// <para>Encoder and decoder have numbers from −1 to 1: images are doubled before and halved behind. The original does not limit
/// log variances; here they are those of a <see cref="DiagonalGaussian"/>.</para>
/// </remarks>
public sealed class CvaeModel : GaussianAutoencoder
{
    private readonly CvaeOptions options;
    private readonly Sequential encoder, decoder;
    private readonly LinearLayer mean, logVariance;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public CvaeModel(ModuleScope scope, CvaeOptions options)
        : base(scope, options, options.PosteriorWeight)
    {
        options.Validate();
        this.options = options;
        scope = scope.With(options.Init);
        var (half, full, doubling) = (options.Hidden / 2, options.Hidden, new Conv2dParams(Stride: 2, Padding: 1));
        encoder = AddChild(new Sequential(
            scope.In("encoder"),
            at => new Conv2dLayer(at, new ConvShape(options.Channels, half, Kernel: 4), doubling, hasBias: false),
            at => new BatchNormLayer(at, half),
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(half, full, Kernel: 4), doubling, hasBias: false),
            at => new BatchNormLayer(at, full),
            at => new FunctionLayer(at, Relu.Apply),
            at => new NormalizedResidual(at, full),
            at => new BatchNormLayer(at, full),
            at => new NormalizedResidual(at, full)));
        var numbers = full * options.LatentSide * options.LatentSide;
        mean = AddChild(new LinearLayer(scope.In("fc11"), (numbers, numbers)));
        logVariance = AddChild(new LinearLayer(scope.In("fc12"), (numbers, numbers)));
        decoder = AddChild(new Sequential(
            scope.In("decoder"),
            at => new NormalizedResidual(at, full),
            at => new BatchNormLayer(at, full),
            at => new NormalizedResidual(at, full),
            at => new BatchNormLayer(at, full),
            at => new ConvTranspose2dLayer(at, new ConvShape(full, half, Kernel: 4), doubling, hasBias: false),
            at => new BatchNormLayer(at, half),
            at => new FunctionLayer(at, Relu.Apply),
            at => new ConvTranspose2dLayer(
                at, new ConvShape(half, options.Channels, Kernel: 4), doubling, hasBias: false)));
    }

    public override LatentLayout LatentLayout(int height, int width) =>
        new(LatentName, LatentChannels, height / CvaeOptions.LatentPixel, width / CvaeOptions.LatentPixel);

    protected override int LatentChannels => options.Hidden;

    protected override DiagonalGaussian FindPosterior(Variable x, in StepContext context)
    {
        var encoded = encoder.Forward(x * 2, context);
        var numbers = Reshape.Apply(encoded, [x.Shape[0], encoded.Shape.Size / x.Shape[0]]);
        return new DiagonalGaussian(
            Reshape.Apply(mean.Forward(numbers), encoded.Shape), Reshape.Apply(logVariance.Forward(numbers), encoded.Shape));
    }

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        Tanh.Apply(decoder.Forward(latents[0], context)) * 0.5f;
}
