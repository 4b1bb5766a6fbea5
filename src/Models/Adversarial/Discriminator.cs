using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Adversarial;

/// <summary>A network that scores each part of an image, high for real ones: D(x) (B, 1, h, w) of x (B, C, H, W).</summary>
/// <remarks>
/// <para>Blocks of c(3,2,1) with a <see cref="SpectralNorm"/>, <see cref="InstanceNorm"/> (ε 1e-5, no weights; none in the first
/// block) and <see cref="LeakyRelu"/> of slope 0.2; then a 1×1 convolution and, where asked for, a sigmoid.</para>
/// <para>Keys <c>encoder.0</c>, <c>encoder.2</c>, <c>encoder.5</c>, <c>encoder.8</c>, …, each with <c>weight_orig</c>,
/// <c>weight_u</c>, <c>weight_v</c> and <c>bias</c>, and <c>shuffle.weight</c> and <c>shuffle.bias</c>: as the discriminator of
/// diffusers' VQGAN example, which Paella's is (arXiv:2211.07292), has them.</para>
/// <para>Several passes of a step take <see cref="Advance"/> once and the same <see cref="On"/>; that program takes a power
/// iteration with each pass.</para>
/// </remarks>
public sealed class Discriminator : Layer
{
    private static readonly Conv2dParams Halving = new(Stride: 2, Padding: 1);

    private readonly List<NormalizedConv2dLayer> convolutions = [];
    private readonly ScoreHead head;
    private readonly bool hasSigmoid;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">What it is made of.</param>
    /// <param name="image">Channels and size of the images, which may leave it fewer convolutions.</param>
    /// <exception cref="OptionException">An option outside its range.</exception>
    public Discriminator(ModuleScope scope, DiscriminatorOptions options, (int Channels, int Height, int Width) image)
        : base(scope)
    {
        options.Validate();
        hasSigmoid = options.Sigmoid;
        var channels = image.Channels;
        for (var i = 0; i < options.DepthFor(image.Height, image.Width); i++)
        {
            // Convolution, norm and activation have a place each; the first block has no norm.
            var at = scope.In("encoder").In($"{(i == 0 ? 0 : 3 * i - 1)}");
            convolutions.Add(AddChild(new NormalizedConv2dLayer(
                at, new ConvShape(channels, options.WidthOf(i), Kernel: 3), Halving, WeightRule.Spectral)));
            channels = options.WidthOf(i);
        }

        head = AddChild(new ScoreHead(scope.In("shuffle"), channels));
    }

    /// <summary>The scores; in training the spectral norms take their step before.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        if (context.Learns)
        {
            Advance();
        }

        return Judge(x, On(x.Tape)).Scores;
    }

    /// <summary>A power iteration of each spectral norm: once per training step, before its passes.</summary>
    public void Advance() => convolutions.ForEach(convolution => convolution.Advance());

    /// <summary>The weights as variables of a tape, for all passes on it.</summary>
    public DiscriminatorWeights On(Tape tape) =>
        new([.. convolutions.Select(convolution => convolution.On(tape)), head.On(tape)]);

    /// <summary>Scores images, and keeps what the gradient at the images needs.</summary>
    /// <param name="x">Images (B, C, H, W).</param>
    /// <param name="weights">Of x's tape.</param>
    /// <exception cref="ShapeException">x has other channels.</exception>
    public DiscriminatorPass Judge(Variable x, DiscriminatorWeights weights)
    {
        var blocks = new List<DiscriminatorBlock>();
        foreach (var (weight, bias) in weights.Layers[..^1])
        {
            var block = DiscriminatorBlock.Of(blocks is [.., var last] ? last.Y : x, weight, bias, hasNorm: blocks.Count > 0);
            blocks.Add(block);
        }

        var (headWeight, headBias) = weights.Layers[^1];
        var scores = Conv2d.Apply(blocks[^1].Y, headWeight, headBias, new Conv2dParams());
        return new DiscriminatorPass(hasSigmoid ? Sigmoid.Apply(scores) : scores, blocks, headWeight, hasSigmoid);
    }

    /// <summary>The 1×1 convolution to scores.</summary>
    private sealed class ScoreHead : Module
    {
        private readonly Parameter weight, bias;

        public ScoreHead(ModuleScope scope, int channels)
            : base(scope)
        {
            var initial = LinearInitializers.Of(scope.Initialization, fanIn: channels, fanOut: 1);
            weight = AddParameter("weight", [1, channels, 1, 1], initial.Weight);
            bias = AddParameter("bias", [1], initial.Bias);
        }

        public (Variable Weight, Variable? Bias) On(Tape tape) => (tape.Watch(weight), tape.Watch(bias));
    }
}

/// <summary>The weights of a <see cref="Discriminator"/> on a tape.</summary>
public sealed class DiscriminatorWeights
{
    internal DiscriminatorWeights((Variable Weight, Variable? Bias)[] layers) => Layers = layers;

    internal (Variable Weight, Variable? Bias)[] Layers { get; }

    /// <summary>The same numbers as constants of another tape: gradients pass through the network and do not reach it.</summary>
    public DiscriminatorWeights AsConstantsOf(Tape tape) => new([.. Layers.Select(layer => (
        tape.Constant(layer.Weight.Value, "weight"), layer.Bias is null ? null : tape.Constant(layer.Bias.Value, "bias")))]);
}
