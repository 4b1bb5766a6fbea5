using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.TinyAutoencoder;

/// <summary>The AutoencoderTiny of diffusers (TAESD): images (B, C, H, W) in [−0.5, 0.5] whose sides 2ⁿ⁻¹ divides, n stages;
/// latent images (B, LatentChannels, h, w) of real numbers without a distribution.</summary>
/// <remarks>
/// <para>Encoder c3, then for each stage a convolution of stride 2 (but for the first) and blocks of three convolutions, c3.
/// Decoder tanh(z / 3) · 3, c3, ReLU, then for each stage blocks, nearest ×2 and c3 (without the former at the end). Keys
/// <c>encoder.layers.i</c> and <c>decoder.layers.i</c>, as in diffusers.</para>
/// <para>The layers have numbers from 0 to 1: a half is added before and taken away behind, which is what diffusers makes of its
/// own −1 to 1. Its <c>forward</c> rounds latent numbers to bytes in between, as for a picture of them; here they stay.</para>
/// </remarks>
public sealed class TinyAutoencoderModel : ContinuousAutoencoder
{
    private readonly Sequential encoder, decoder;

    /// <exception cref="OptionException">An option outside its range.</exception>
    public TinyAutoencoderModel(ModuleScope scope, TinyAutoencoderOptions options)
        : base(scope, options)
    {
        options.Validate();
        scope = scope.With(options.Init);
        LatentChannels = options.LatentChannels;
        encoder = AddChild(new Sequential(scope.In("encoder.layers"), [.. EncoderLayers(options)]));
        decoder = AddChild(new Sequential(scope.In("decoder.layers"), [.. DecoderLayers(options)]));
        Reach = Math.Max(ReachOf(options.NumEncoderBlocks), ReachOf([.. options.NumDecoderBlocks.Reverse()]));
    }

    /// <remarks>A convolution of three reaches one pixel of its stage, a block three, one of stride 2 and one behind a doubling
    /// a pixel of the larger stage.</remarks>
    public override int? Reach { get; }

    protected override int LatentChannels { get; }

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context) =>
        new(Draw(FindLatents(x, context), context), Loss: null, []);

    protected override IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context) =>
        [encoder.Forward(x + 0.5f, context)];

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) =>
        decoder.Forward(Tanh.Apply(latents[0] / 3) * 3, context) - 0.5f;

    private static IEnumerable<Func<ModuleScope, Layer>> EncoderLayers(TinyAutoencoderOptions options)
    {
        var widths = options.EncoderBlockOutChannels;
        yield return Conv(options.Channels, widths[0]);
        for (var stage = 0; stage < widths.Length; stage++)
        {
            var (before, width) = (widths[Math.Max(stage - 1, 0)], widths[stage]);
            if (stage > 0)
            {
                yield return at => new Conv2dLayer(
                    at, new ConvShape(before, width, Kernel: 3), new Conv2dParams(Stride: 2, Padding: 1), hasBias: false);
            }

            for (var block = 0; block < options.NumEncoderBlocks[stage]; block++)
            {
                yield return at => new TinyBlock(at, width);
            }
        }

        yield return Conv(widths[^1], options.LatentChannels);
    }

    private static IEnumerable<Func<ModuleScope, Layer>> DecoderLayers(TinyAutoencoderOptions options)
    {
        var widths = options.DecoderBlockOutChannels;
        yield return Conv(options.LatentChannels, widths[0]);
        yield return at => new FunctionLayer(at, Relu.Apply);
        for (var stage = 0; stage < widths.Length; stage++)
        {
            var width = widths[stage];
            for (var block = 0; block < options.NumDecoderBlocks[stage]; block++)
            {
                yield return at => new TinyBlock(at, width);
            }

            if (stage < widths.Length - 1)
            {
                yield return at => new FunctionLayer(at, x => NearestResize.Apply(x, 2 * x.Shape[2], 2 * x.Shape[3]));
                yield return Conv(width, widths[stage + 1], hasBias: false);
            }
        }

        yield return Conv(widths[^1], options.Channels);
    }

    private static Func<ModuleScope, Layer> Conv(int from, int to, bool hasBias = true) => at => new Conv2dLayer(
        at, new ConvShape(from, to, Kernel: 3), new Conv2dParams(Padding: 1), hasBias: hasBias);

    /// <summary>In pixels of the image, of stages from the image's resolution down.</summary>
    private static int ReachOf(IReadOnlyList<int> blocks)
    {
        var reach = 1 + (1 << (blocks.Count - 1)); // the first and the last convolution
        for (var stage = 0; stage < blocks.Count; stage++)
        {
            reach += 3 * blocks[stage] << stage;
            reach += stage > 0 ? 1 << (stage - 1) : 0;
        }

        return reach;
    }
}
