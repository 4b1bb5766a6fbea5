using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>PixelSNAIL: one-hot codes → a convolution of the rows above and one of the places to the left, added → blocks of
/// gated residual convolutions and attention to all places before → ELU → logits.</summary>
/// <remarks>
/// <para>What is known of an image goes into the gates: features of coarser grids, and a learned vector of the class. The first
/// grid has attention, those that know others have none unless <see cref="PixelSnailOptions.Attention"/> says so.</para>
/// <para>The first two convolutions add their biases where they see something of the grid: the upper one below the first row, the
/// left one right of the first column, as the original's shifts have it.</para>
/// <para>Place by place, attention keeps keys and values, and looks at those of all places before.</para>
/// <para>Sources: arXiv:1712.09763, and rosinality's priors of a VQ-VAE-2, whose keys it has and whose sizes are the
/// defaults.</para>
/// </remarks>
public sealed class PixelSnail : AutoregressivePrior
{
    private readonly CausalConv2dLayer above, left;
    private readonly Parameter aboveBias, leftBias;
    private readonly Tensor<float> background, belowFirst, rightOfFirst;
    private readonly PixelBlock[] blocks;
    private readonly GatedResidualBlock[] output;
    private readonly SnailCondition condition;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="options">Sizes.</param>
    public PixelSnail(ModuleScope scope, PriorShape shape, PixelSnailOptions options)
        : base(scope, shape, options.Width, head: $"out.{options.OutputBlocks + 1}.conv", WeightRule.Length)
    {
        var (width, half, dropout) = (options.Width, options.Kernel / 2, (float)options.Dropout);
        var (h, w) = (shape.Layout.Height, shape.Layout.Width);
        Input = AddChild(new CodeInput(scope.In("codes"), shape.Layout, width: null));
        var (row, column) = (new Pair(half, options.Kernel), new Pair(half + 1, half));
        above = AddChild(SnailConv.Outside(
            scope.In("horizontal"), new ConvShape(Input.Width, width, row), own: new Pair(row.H, half)));
        left = AddChild(SnailConv.Outside(
            scope.In("vertical"), new ConvShape(Input.Width, width, column), own: new Pair(half, column.W)));
        aboveBias = AddParameter("horizontal.conv.conv.bias", [width], BiasOf(row));
        leftBias = AddParameter("vertical.conv.conv.bias", [width], BiasOf(column));
        belowFirst = AddConstant(Device.From<float>([.. Enumerable.Range(0, h).Select(y => y > 0 ? 1f : 0f)], [1, 1, h, 1]));
        rightOfFirst = AddConstant(Device.From<float>([.. Enumerable.Range(0, w).Select(x => x > 0 ? 1f : 0f)], [1, 1, 1, w]));
        background = AddBuffer("background", Device.From<float>(
            [
                .. Enumerable.Range(0, h * w).Select(i => Coordinate(i / w, h)),
                .. Enumerable.Range(0, h * w).Select(i => Coordinate(i % w, w)),
            ],
            [1, 2, h, w]));
        condition = AddChild(new SnailCondition(scope, shape, options));
        var hasAttention = options.Attention == AttentionGrids.All ||
            (options.Attention == AttentionGrids.First && shape.Coarser.Count == 0);
        blocks = [.. Enumerable.Range(0, options.Blocks).Select(i => AddChild(new PixelBlock(
            scope.In("blocks").In($"{i}"), options, hasAttention, condition.IsEmpty ? 0 : options.ResidualWidth)))];
        var single = new GatedBlockShape(width, options.ResidualWidth, Kernel: 1, Dropout: dropout);
        output = [.. Enumerable.Range(0, options.OutputBlocks).Select(
            i => AddChild(new GatedResidualBlock(scope.In("out").In($"{i}"), single)))];

        Initializer BiasOf(Pair kernel)
        {
            var area = kernel.H * kernel.W;
            return LinearInitializers.Of(scope.Initialization, fanIn: Input.Width * area, fanOut: width * area).Bias;
        }

        static float Coordinate(int i, int length) => (i - length / 2f) / length;
    }

    /// <inheritdoc/>
    protected internal override CodeInput Input { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<CausalConv2dLayer> CodeLayers => [above, left];

    /// <summary>The biases of the first layers, where places are, and what is known of them.</summary>
    protected internal override IReadOnlyList<GridMap> Conditions(
        Tape tape, PriorCondition condition, in StepContext context)
    {
        var biases = Channels(aboveBias) * tape.Constant(belowFirst) + Channels(leftBias) * tape.Constant(rightOfFirst);
        var known = this.condition.Forward(tape, condition, context);
        var places = GridMap.Of(tape.Constant(background));
        return known is null ? [GridMap.Of(biases), places] : [GridMap.Of(biases), places, GridMap.Of(known)];

        Variable Channels(Parameter bias) => Reshape.Apply(tape.Watch(bias), [1, FeatureWidth, 1, 1]);
    }

    /// <inheritdoc/>
    protected internal override Variable Features(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
        var x = above.Forward(tape, input, at) + left.Forward(tape, input, at) + conditions[0].Here(tape, at);
        var places = conditions[1].Here(tape, at); // (1, 2, …)
        places = Expand.Apply(places, [x.Shape[0], 2, x.Shape[2], x.Shape[3]]);
        var known = conditions.Count > 2 ? conditions[2].Here(tape, at) : null;
        foreach (var block in blocks)
        {
            x = block.Forward(x, places, known, at);
        }

        foreach (var block in output)
        {
            x = block.Forward(x, at);
        }

        return Elu.Apply(x);
    }
}
