using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Paella;

/// <summary>The VQ autoencoder of Paella (arXiv:2211.07292) and Würstchen, diffusers' PaellaVQModel: images (B, C, H, W) in
/// [−0.5, 0.5] whose sides F·2ᴸ⁻¹ divides, F the factor and L the levels; one grid of codes.</summary>
/// <remarks>
/// <para>F×F pixels become channels → 1×1 → for each level a c(4,2,1) (but for the first) and a block → 1×1 → batch norm → codes
/// → 1×1 → blocks and ct(4,2,1) → 1×1 → pixels. Keys as in diffusers: <c>in_block.1</c>, <c>down_blocks.i</c>,
/// <c>vquantizer.embedding.weight</c>, <c>up_blocks.i</c>, <c>out_block.0</c>.</para>
/// <para>The layers have numbers from 0 to 1, as diffusers' pipeline gives them: a half is added before and taken away
/// behind.</para>
/// </remarks>
public sealed class PaellaModel : Autoencoder
{
    private readonly PaellaOptions options;
    private readonly Conv2dLayer convIn, convOut;
    private readonly Sequential down, up;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public PaellaModel(ModuleScope scope, PaellaOptions options)
        : base(scope, options)
    {
        options.Validate();
        this.options = options;
        scope = scope.With(options.Init);
        var pixels = options.Channels * options.UpDownScaleFactor * options.UpDownScaleFactor;
        convIn = AddChild(Pixelwise(scope.In("in_block.1"), pixels, options.WidthOf(0)));
        down = AddChild(new Sequential(scope.In("down_blocks"), [.. DownLayers(options)]));
        ImageQuantizer = AddChild(options.Quantizer.BuildForImages(
            scope.In("vquantizer").Renaming("_embedding", "embedding"), "codes"));
        up = AddChild(new Sequential(scope.In("up_blocks"), [.. UpLayers(options)]));
        convOut = AddChild(Pixelwise(scope.In("out_block.0"), options.WidthOf(0), pixels));
    }

    /// <summary>What turns latent images into codes.</summary>
    public ImageQuantizer ImageQuantizer { get; }

    public override IReadOnlyList<ImageQuantizer> Quantizers => [ImageQuantizer];

    /// <remarks>A block reaches one pixel of its level, a convolution that halves one of the level above it, one that doubles one
    /// of its own.</remarks>
    public override int? Reach => ImageQuantizer.IsPixelwise ? Math.Max(EncoderReach, DecoderReach) : null;

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        ImageQuantizer.Layouts(height / Options.Downsampling, width / Options.Downsampling);

    private IEnumerable<int> PixelsOfLevels => Enumerable.Range(0, options.Levels).Select(i => options.UpDownScaleFactor << i);

    private int EncoderReach => PixelsOfLevels.Sum() + PixelsOfLevels.SkipLast(1).Sum();

    private int DecoderReach =>
        options.BottleneckBlocks * PixelsOfLevels.Last() + PixelsOfLevels.SkipLast(1).Sum() + PixelsOfLevels.Skip(1).Sum();

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
        PixelShuffle.Apply(convOut.Forward(up.Forward(latents[0], context)), options.UpDownScaleFactor) - 0.5f;

    private Variable Latent(Variable x, in StepContext context) =>
        down.Forward(convIn.Forward(PixelUnshuffle.Apply(x + 0.5f, options.UpDownScaleFactor)), context);

    private static IEnumerable<Func<ModuleScope, Layer>> DownLayers(PaellaOptions options)
    {
        for (var i = 0; i < options.Levels; i++)
        {
            var (above, width) = (options.WidthOf(Math.Max(i - 1, 0)), options.WidthOf(i));
            if (i > 0)
            {
                yield return at => new Conv2dLayer(
                    at, new ConvShape(above, width, Kernel: 4), new Conv2dParams(Stride: 2, Padding: 1));
            }

            yield return at => new MixingBlock(at, width);
        }

        var latent = options.Quantizer.Width;
        yield return at => new Sequential(
            at,
            first => Pixelwise(first, options.EmbedDim, latent, hasBias: false),
            second => new BatchNormLayer(second, latent));
    }

    private static IEnumerable<Func<ModuleScope, Layer>> UpLayers(PaellaOptions options)
    {
        yield return at => new Sequential(
            at, first => Pixelwise(first, options.Quantizer.OutputWidth, options.EmbedDim));
        for (var i = options.Levels - 1; i >= 0; i--)
        {
            var (width, above) = (options.WidthOf(i), options.WidthOf(Math.Max(i - 1, 0)));
            for (var block = 0; block < (i == options.Levels - 1 ? options.BottleneckBlocks : 1); block++)
            {
                yield return at => new MixingBlock(at, width);
            }

            if (i > 0)
            {
                yield return at => new ConvTranspose2dLayer(
                    at, new ConvShape(width, above, Kernel: 4), new Conv2dParams(Stride: 2, Padding: 1));
            }
        }
    }

    private static Conv2dLayer Pixelwise(ModuleScope scope, int from, int to, bool hasBias = true) =>
        new(scope, new ConvShape(from, to, Kernel: 1), new Conv2dParams(), hasBias: hasBias);
}
