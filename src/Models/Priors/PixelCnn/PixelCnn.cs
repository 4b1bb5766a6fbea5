using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.PixelCnn;

/// <summary>PixelCNN: one-hot codes → 7×7 convolution of the places before, ReLU → residual blocks x + f(x), f of 1×1, 3×3 of the
/// places up to the own, and 1×1 convolutions, each with ReLU → 1×1 convolutions with ReLU → logits.</summary>
/// <remarks>What is known of an image is added behind the first convolution. Sources: arXiv:1601.06759, and keras.io's example of
/// a VQ-VAE, whose sizes are the defaults.</remarks>
public sealed class PixelCnn : AutoregressivePrior
{
    private readonly CausalConv2dLayer first;
    private readonly ConditionLayer condition;
    private readonly CausalConv2dLayer[][] blocks;
    private readonly CausalConv2dLayer[] output;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="options">Sizes.</param>
    public PixelCnn(ModuleScope scope, PriorShape shape, PixelCnnOptions options)
        : base(scope, shape, options.Width, head: "logits")
    {
        var (width, inner) = (options.Width, options.Width / 2);
        Input = AddChild(new CodeInput(scope.In("codes"), shape.Layout, width: null));
        first = AddChild(CausalConv2dLayer.Masked(
            scope.In("first"), new ConvShape(Input.Width, width, Kernel: 7), ConvMask.A, Activation.Relu));
        condition = AddChild(new ConditionLayer(scope.In("condition"), shape, width));
        blocks = [.. Enumerable.Range(0, options.Blocks).Select(i => BlockOf(scope.In("blocks").In($"{i}")))];
        output = [.. Enumerable.Range(0, options.OutputLayers).Select(i => AddChild(
            CausalConv2dLayer.Pointwise(scope.In("output").In($"{i}"), width, width, Activation.Relu)))];

        CausalConv2dLayer[] BlockOf(ModuleScope at) =>
        [
            AddChild(CausalConv2dLayer.Pointwise(at.In("0"), width, width, Activation.Relu)),
            AddChild(CausalConv2dLayer.Masked(at.In("1"), new ConvShape(width, inner, Kernel: 3), ConvMask.B, Activation.Relu)),
            AddChild(CausalConv2dLayer.Pointwise(at.In("2"), inner, width, Activation.Relu)),
        ];
    }

    /// <inheritdoc/>
    protected internal override CodeInput Input { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<CausalConv2dLayer> CodeLayers => [first];

    /// <inheritdoc/>
    protected internal override IReadOnlyList<GridMap> Conditions(
        Tape tape, PriorCondition condition, in StepContext context) => this.condition.Forward(tape, condition, context);

    /// <inheritdoc/>
    protected internal override Variable Features(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
        var x = first.Forward(tape, input, at);
        foreach (var map in conditions)
        {
            x += map.Here(tape, at);
        }

        foreach (var block in blocks)
        {
            var inner = x;
            foreach (var layer in block)
            {
                inner = layer.Forward(inner, at);
            }

            x += inner;
        }

        foreach (var layer in output)
        {
            x = layer.Forward(x, at);
        }

        return x;
    }
}
