using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>VQ-VAE-2 (arXiv:1906.00446): images (B, C, H, W) in [−0.5, 0.5], H and W divisible by 8; two grids of codes, top H/8 by W/8 and
/// bottom H/4 by W/4.</summary>
/// <remarks>
/// <para>Bottom encoder (÷4), top encoder (÷2) of what it gives, 1×1 to D, top codes; their decoder (×2) beside the bottom encoder's result,
/// 1×1 to D, bottom codes; top codes doubled by a transposed convolution beside the bottom codes, decoder (×4).</para>
/// <para>Keys as in the widely used PyTorch code: <c>enc_b</c>, <c>enc_t</c>, <c>quantize_conv_t</c>, <c>quantize_t</c>, <c>dec_t</c>,
/// <c>quantize_conv_b</c>, <c>quantize_b</c>, <c>upsample_t</c>, <c>dec</c>; those of the codebooks are our own.</para>
/// </remarks>
public sealed class VqVae2Model : Autoencoder
{
    private readonly LevelEncoder bottomEncoder, topEncoder;
    private readonly Conv2dLayer toTop, toBottom;
    private readonly ImageQuantizer top, bottom;
    private readonly LevelDecoder topDecoder, decoder;
    private readonly ConvTranspose2dLayer doubleTop;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public VqVae2Model(ModuleScope scope, VqVae2Options options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        var (full, width) = (options.Hidden, options.Quantizer.Width);
        bottomEncoder = AddChild(new LevelEncoder(scope.In("enc_b"), options.Channels, halvings: 2, options));
        topEncoder = AddChild(new LevelEncoder(scope.In("enc_t"), full, halvings: 1, options));
        toTop = AddChild(new Conv2dLayer(scope.In("quantize_conv_t"), new ConvShape(full, width, Kernel: 1), new Conv2dParams()));
        top = AddChild(new ImageQuantizer(scope.In("quantize_t"), options.Quantizer, "top"));
        topDecoder = AddChild(new LevelDecoder(scope.In("dec_t"), (width, width), count: 1, options));
        toBottom = AddChild(new Conv2dLayer(
            scope.In("quantize_conv_b"), new ConvShape(width + full, width, Kernel: 1), new Conv2dParams()));
        bottom = AddChild(new ImageQuantizer(scope.In("quantize_b"), options.Quantizer, "bottom"));
        doubleTop = AddChild(new ConvTranspose2dLayer(
            scope.In("upsample_t"), new ConvShape(width, width, Kernel: 4), new Conv2dParams(Stride: 2, Padding: 1)));
        decoder = AddChild(new LevelDecoder(scope.In("dec"), (2 * width, options.Channels), count: 2, options));
    }

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        [top.Layout(height / 8, width / 8), bottom.Layout(height / 4, width / 4)];

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var (quantizedTop, quantizedBottom) = Quantize(x, context);
        var loss = quantizedTop.Loss is { } a && quantizedBottom.Loss is { } b ? a + b : quantizedTop.Loss ?? quantizedBottom.Loss;
        return new AutoencoderOutput(
            Images(quantizedTop.Quantized, quantizedBottom.Quantized, context), loss,
            [quantizedTop.Codes, quantizedBottom.Codes]);
    }

    protected override IReadOnlyList<CodeGrid> FindCodes(Variable x)
    {
        var (quantizedTop, quantizedBottom) = Quantize(x, StepContext.Inference);
        return [quantizedTop.Codes, quantizedBottom.Codes];
    }

    protected override Variable Draw(Tape tape, IReadOnlyList<CodeGrid> codes)
    {
        using var topLatents = top.Lookup(codes[0]);
        using var bottomLatents = bottom.Lookup(codes[1]);
        return Images(tape.Constant(topLatents), tape.Constant(bottomLatents), StepContext.Inference);
    }

    private (ImageQuantizerOutput Top, ImageQuantizerOutput Bottom) Quantize(Variable x, in StepContext context)
    {
        var encoded = bottomEncoder.Forward(x, context);
        var quantizedTop = top.Forward(toTop.Forward(topEncoder.Forward(encoded, context)), context);
        var decodedTop = topDecoder.Forward(quantizedTop.Quantized, context);
        return (quantizedTop, bottom.Forward(toBottom.Forward(Concat.Apply(1, decodedTop, encoded)), context));
    }

    private Variable Images(Variable topLatents, Variable bottomLatents, in StepContext context) =>
        decoder.Forward(Concat.Apply(1, doubleTop.Forward(topLatents), bottomLatents), context);
}
