using IlgpuVq.Autograd;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Asymmetric;

/// <summary>The AsymmetricAutoencoderKL of diffusers (arXiv:2306.04632): a
/// <see cref="KlAutoencoder.KlAutoencoderModel"/> with a larger decoder, which keeps parts of an image that is given
/// with the latent images.</summary>
/// <remarks>
/// <para>Without a mask the decoder draws all of the image, and nothing trains what reads a given one. With
/// <see cref="AsymmetricOptions.MaskRectangles"/>, training gives it each image under a random mask (<see cref="RandomMask"/>).
/// Keys as in diffusers: those of AutoencoderKL, and <c>decoder.condition_encoder.layers.i</c>.</para>
/// <para>Encoder and decoder have numbers from −1 to 1: images are doubled before and halved behind.</para>
/// </remarks>
public sealed class AsymmetricModel : GaussianAutoencoder
{
    private readonly Conv2dLayer quantConv, postQuantConv;
    private readonly ConditionEncoder condition;
    private readonly AsymmetricOptions options;
    private readonly ulong maskStream;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public AsymmetricModel(ModuleScope scope, AsymmetricOptions options)
        : base(scope, options, options.PosteriorWeight)
    {
        options.Validate();
        this.options = options;
        maskStream = ModuleScope.StreamOf(scope.Key("mask"));
        scope = scope.With(options.Init);
        LatentChannels = options.LatentChannels;
        var moments = 2 * LatentChannels;
        Encoder = AddChild(new ResnetEncoder(scope.In("encoder"), (options.Channels, moments), options.Shape));
        quantConv = AddChild(new Conv2dLayer(
            scope.In("quant_conv"), new ConvShape(moments, moments, Kernel: 1), new Conv2dParams()));
        postQuantConv = AddChild(new Conv2dLayer(
            scope.In("post_quant_conv"), new ConvShape(LatentChannels, LatentChannels, Kernel: 1), new Conv2dParams()));
        Decoder = AddChild(new ResnetDecoder(
            scope.In("decoder"), (LatentChannels, options.Channels), options.UpShape, NormType.Group));
        condition = AddChild(new ConditionEncoder(
            scope.In("decoder.condition_encoder"), options.Channels, options.ConditionWidths));
    }

    /// <summary>Images from −1 to 1 (B, C, H, W) → means and log variances (B, 2·LatentChannels, h, w).</summary>
    public ResnetEncoder Encoder { get; }

    /// <summary>(B, LatentChannels, h, w) → images from −1 to 1 (B, C, H, W).</summary>
    public ResnetDecoder Decoder { get; }

    protected override int LatentChannels { get; }

    /// <summary>Images (B, C, H, W) of latent images where the mask is 1, that keep a given image where it is 0.</summary>
    /// <param name="latents">(B, LatentChannels, h, w).</param>
    /// <param name="image">(B, C, H, W) in [−0.5, 0.5].</param>
    /// <param name="mask">(B, 1, H, W), from 0 to 1.</param>
    /// <param name="context">Of the pass.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public Variable Inpaint(Variable latents, Variable image, Variable mask, in StepContext context)
    {
        CheckImages(image.Shape);
        var (b, h, w, step) = (image.Shape[0], image.Shape[2], image.Shape[3], Options.Downsampling);
        if (mask.Shape != [b, 1, h, w] || latents.Shape != [b, LatentChannels, h / step, w / step])
        {
            throw new ShapeException(
                Options.Family, $"latents (B, {LatentChannels}, H/{step}, W/{step}), image (B, C, H, W) and mask (B, 1, H, W)",
                ("latents", latents.Shape), ("image", image.Shape), ("mask", mask.Shape));
        }

        if (!options.CanInpaint)
        {
            throw new ShapeException(
                Options.Family, "layers of the condition with the channels of each level of the decoder",
                $"{string.Join(", ", options.ConditionWidths)} and {string.Join(", ", options.UpShape.Widths)}",
                "Decode without a mask.");
        }

        var features = condition.Forward((1 - mask) * image * 2, options.UpShape.Widths.Length);
        return Decode(latents, Mix, context);

        // What enters a level, and what leaves the last. Of two layers of one shape the later one mixes, as in diffusers.
        Variable Mix(Variable x)
        {
            var own = NearestResize.Apply(mask, x.Shape[2], x.Shape[3]);
            return x * own + features.Last(feature => feature.Shape == x.Shape) * (1 - own);
        }
    }

    protected override DiagonalGaussian FindPosterior(Variable x, in StepContext context) =>
        DiagonalGaussian.OfMoments(quantConv.Forward(Encoder.Forward(x * 2, context)));

    protected override Variable DrawAgain(Variable x, Variable z, in StepContext context)
    {
        if (!context.IsTraining || options.MaskRectangles == 0)
        {
            return Draw([z], context);
        }

        var random = context.RandomFor("mask");
        return Inpaint(z, x, RandomMask.Draw(x.Tape, x.Shape, options, random, maskStream), context);
    }

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        Decode(latents[0], mix: null, context);

    private Variable Decode(Variable latents, Func<Variable, Variable>? mix, in StepContext context)
    {
        var x = postQuantConv.Forward(latents);
        return Decoder.ForwardMixed(x, latent: x, mix, context) * 0.5f;
    }
}
