using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>VQ-VAE-2 (arXiv:1906.00446): images (B, C, H, W) in [−0.5, 0.5], H and W divisible by 8; two grids of codes,
/// top H/8 by W/8 and bottom H/4 by W/4.</summary>
/// <remarks>
/// <para>Bottom encoder (÷4), top encoder (÷2) of what it gives, 1×1 to D, top codes; their decoder (×2) beside the
/// bottom encoder's result, 1×1 to D, bottom codes; top codes doubled by a transposed convolution beside the bottom
/// codes, decoder (×4).</para>
/// <para>Keys as in the widely used PyTorch code: <c>enc_b</c>, <c>enc_t</c>, <c>quantize_conv_t</c>,
/// <c>quantize_t</c>, <c>dec_t</c>, <c>quantize_conv_b</c>, <c>quantize_b</c>, <c>upsample_t</c>, <c>dec</c>; those of
/// the codebooks are our own, and as that code has them in <see cref="ToSource"/>.</para>
/// </remarks>
public sealed class VqVae2Model : Autoencoder
{
    private readonly PixelRange range;
    private readonly Conv2dLayer toTop, toBottom;
    private readonly ConvTranspose2dLayer doubleTop;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqVae2Model(ModuleScope scope, VqVae2Options options)
        : base(scope, options)
    {
        options.Validate();
        range = options.PixelRange;
        scope = scope.With(options.Init);
        var (full, width, outputWidth) = (options.Hidden, options.Quantizer.Width, options.Quantizer.OutputWidth);
        BottomEncoder = AddChild(new LevelEncoder(scope.In("enc_b"), options.Channels, halvings: 2, options));
        TopEncoder = AddChild(new LevelEncoder(scope.In("enc_t"), full, halvings: 1, options));
        toTop = AddChild(new Conv2dLayer(scope.In("quantize_conv_t"), new ConvShape(full, width, Kernel: 1), new Conv2dParams()));
        Top = AddChild(options.Quantizer.BuildForImages(scope.In("quantize_t"), "top"));
        TopDecoder = AddChild(new LevelDecoder(scope.In("dec_t"), (outputWidth, width), count: 1, options));
        toBottom = AddChild(new Conv2dLayer(
            scope.In("quantize_conv_b"), new ConvShape(width + full, width, Kernel: 1), new Conv2dParams()));
        Bottom = AddChild(options.Quantizer.BuildForImages(scope.In("quantize_b"), "bottom"));
        doubleTop = AddChild(new ConvTranspose2dLayer(
            scope.In("upsample_t"), new ConvShape(outputWidth, outputWidth, Kernel: 4), new Conv2dParams(Stride: 2, Padding: 1)));
        Decoder = AddChild(new LevelDecoder(scope.In("dec"), (2 * outputWidth, options.Channels), count: 2, options));
    }

    /// <summary>Images (B, C, H, W) of the model's range → (B, Hidden, H/4, W/4).</summary>
    public LevelEncoder BottomEncoder { get; }

    /// <summary>What the bottom encoder gives → (B, Hidden, H/8, W/8).</summary>
    public LevelEncoder TopEncoder { get; }

    /// <summary>What turns the top latent images into codes.</summary>
    public ImageQuantizer Top { get; }

    /// <summary>What turns the bottom latent images into codes.</summary>
    public ImageQuantizer Bottom { get; }

    /// <summary>Quantized top latent images (B, D, h, w) → (B, D, 2h, 2w), to stand beside what the bottom encoder
    /// gives.</summary>
    public LevelDecoder TopDecoder { get; }

    /// <summary>Quantized latent images of both levels, top ones doubled (B, 2D, h, w) → images (B, C, 4h, 4w) of the model's
    /// range.</summary>
    public LevelDecoder Decoder { get; }

    public override IReadOnlyList<ImageQuantizer> Quantizers => [Top, Bottom];

    /// <remarks>From bottom codes over the top's decoder and encoder to the image: as in <see cref="VqVae.VqVaeModel"/> for each
    /// level's encoder and decoder, those of the top in pixels of 8.</remarks>
    public override int? Reach =>
        Top.IsPixelwise ? (4 + 8 + 8) * (2 + ((ResidualAutoencoderOptions)Options).ResidualLayers) : null;

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        [.. Top.Layouts(height / 8, width / 8), .. Bottom.Layouts(height / 4, width / 4)];

    public override SourceState ToSource() => VqVae2Weights.ToSource(this);

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var (top, bottom) = Quantize(x, context);
        var loss = top.Loss is { } a && bottom.Loss is { } b ? a + b : top.Loss ?? bottom.Loss;
        return new AutoencoderOutput(Draw([top.Quantized, bottom.Quantized], context), loss, [.. top.Grids, .. bottom.Grids]);
    }

    protected override IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context)
    {
        var (encoded, latent) = Encode(x, context);
        using var top = Top.Forward(latent, context);
        return [latent, BottomLatent(top.Quantized, encoded, context)];
    }

    protected override IReadOnlyList<CodeGrid> FindCodes(Variable x)
    {
        var (top, bottom) = Quantize(x, StepContext.Inference);
        return [.. top.Grids, .. bottom.Grids];
    }

    protected override IReadOnlyList<Tensor<float>> FindVectors(IReadOnlyList<CodeGrid> codes)
    {
        var topGrids = Top.Layouts(1, 1).Count;
        var top = Top.Lookup([.. codes.Take(topGrids)]);
        try
        {
            return [top, Bottom.Lookup([.. codes.Skip(topGrids)])];
        }
        catch
        {
            top.Dispose();
            throw;
        }
    }

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        range.Leave(Decoder.Forward(Concat.Apply(1, doubleTop.Forward(latents[0]), latents[1]), context));

    private (ImageQuantizerOutput Top, ImageQuantizerOutput Bottom) Quantize(Variable x, in StepContext context)
    {
        var (encoded, latent) = Encode(x, context);
        var top = Top.Forward(latent, context);
        return (top, Bottom.Forward(BottomLatent(top.Quantized, encoded, context), context));
    }

    /// <summary>What the bottom encoder gives, and the top latent images.</summary>
    private (Variable Encoded, Variable Top) Encode(Variable x, in StepContext context)
    {
        var encoded = BottomEncoder.Forward(range.Enter(x), context);
        return (encoded, toTop.Forward(TopEncoder.Forward(encoded, context)));
    }

    private Variable BottomLatent(Variable quantizedTop, Variable encoded, in StepContext context) =>
        toBottom.Forward(Concat.Apply(1, TopDecoder.Forward(quantizedTop, context), encoded));
}
