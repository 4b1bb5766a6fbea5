using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.GatedPixelCnn;

/// <summary>Gated PixelCNN: learned vectors of codes → layers of a vertical stack, which sees the rows above, and a horizontal
/// one, which sees the places to the left and what the vertical one makes → 1×1 convolution with ReLU → logits.</summary>
/// <remarks>
/// <para>Each layer knows the class by a vector of its own, and coarser grids by a linear map of the features that
/// <see cref="ConditionLayer"/> makes of them. Both are added before both gates.</para>
/// <para>Place by place, the vertical stack goes a row at a time.</para>
/// <para>Sources: arXiv:1606.05328, and ritheshkumar's prior, whose keys it has and whose sizes are the defaults.</para>
/// </remarks>
public sealed class GatedPixelCnn : AutoregressivePrior
{
    private const int FirstKernel = 7, Kernel = 3;

    private readonly GatedLayer[] layers;
    private readonly EmbeddingLayer[] classes;
    private readonly ConditionLayer coarser;
    private readonly CausalConv2dLayer[] maps;
    private readonly CausalConv2dLayer output;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="options">Sizes.</param>
    public GatedPixelCnn(ModuleScope scope, PriorShape shape, GatedPixelCnnOptions options)
        : base(scope, shape, options.OutputWidth, head: "output_conv.2")
    {
        var width = options.Width;
        ModuleScope[] places = [.. Enumerable.Range(0, options.Layers).Select(i => scope.In("layers").In($"{i}"))];
        Input = AddChild(new CodeInput(scope.In("embedding"), shape.Layout, width));
        layers = [.. places.Select((at, i) => AddChild(
            new GatedLayer(at, width, i == 0 ? FirstKernel : Kernel, i == 0 ? ConvMask.A : ConvMask.B)))];
        classes = shape.Classes == 0 ? [] : [.. places.Select(
            at => AddChild(new EmbeddingLayer(at.In("class_cond_embedding"), shape.Classes, 2 * width)))];
        coarser = AddChild(new ConditionLayer(scope.In("condition"), shape with { Classes = 0 }, width));
        maps = coarser.IsEmpty ? [] : [.. places.Select(
            at => AddChild(CausalConv2dLayer.Pointwise(at.In("condition"), width, 2 * width)))];
        output = AddChild(CausalConv2dLayer.Pointwise(
            scope.In("output_conv").In("0"), width, options.OutputWidth, Activation.Relu));
    }

    /// <inheritdoc/>
    protected internal override CodeInput Input { get; }

    /// <inheritdoc/>
    protected internal override bool HasRows => true;

    /// <summary>A map for each layer; none where nothing is known.</summary>
    protected internal override IReadOnlyList<GridMap> Conditions(
        Tape tape, PriorCondition condition, in StepContext context)
    {
        var features = coarser.IsEmpty ? null : coarser.Forward(tape, condition, context)[0].Whole;
        var result = new List<GridMap>();
        for (var i = 0; i < layers.Length; i++)
        {
            var map = features is null ? null : maps[i].Forward(features, context);
            if (classes.Length > 0)
            {
                var vectors = classes[i].Forward(tape, condition.Classes!); // (B, 2C)
                var same = Reshape.Apply(vectors, [.. vectors.Shape, 1, 1]);
                map = map is null ? same : map + same;
            }

            if (map is not null)
            {
                result.Add(GridMap.Of(map));
            }
        }

        return result;
    }

    /// <inheritdoc/>
    protected internal override void FollowRow(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
        Variable? above = null;
        for (var i = 0; i < layers.Length; i++)
        {
            var sum = layers[i].Vertical(tape, above, input, at);
            layers[i].KeepRow(sum, at);
            above = i == layers.Length - 1 ? null : Gate.Tanh(With(sum, conditions, i, at));
        }
    }

    /// <inheritdoc/>
    protected internal override Variable Features(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
        Variable? above = null, left = null;
        for (var i = 0; i < layers.Length; i++)
        {
            Variable fromAbove;
            if (at.Cache is null)
            {
                var sum = layers[i].Vertical(tape, above, input, at);
                fromAbove = layers[i].ToHorizontal(sum, at);
                above = i == layers.Length - 1 ? null : Gate.Tanh(With(sum, conditions, i, at));
            }
            else
            {
                fromAbove = layers[i].KeptRow(tape, at);
            }

            var gated = Gate.Tanh(With(fromAbove + layers[i].Horizontal(tape, left, input, at), conditions, i, at));
            var result = layers[i].Result(gated, at);
            left = left is null ? result : result + left;
        }

        return output.Forward(left!, at);
    }

    private static Variable With(Variable x, IReadOnlyList<GridMap> conditions, int layer, in CausalContext at) =>
        conditions.Count == 0 ? x : x + conditions[layer].Here(x.Tape, at);
}
