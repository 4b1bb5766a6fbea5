using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>What is known of images beyond a grid's own indices, as one map (B, C, h, w) of the grid's places, or (B, C, 1, 1): a
/// learned vector for the class, and features of each coarser grid, added up.</summary>
/// <remarks>The features of a coarser grid: learned vectors of its indices, a convolution of 3×3, residual blocks, each place
/// repeated up to the grid's size. Keys <c>class.weight</c> (classes, C), <c>coarser.{grid}.…</c>.</remarks>
public sealed class ConditionLayer : Module
{
    private const int Blocks = 2;

    private readonly PriorShape shape;
    private readonly EmbeddingLayer? classes;
    private readonly (CodeInput Input, Sequential Net)[] coarser;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What the prior knows.</param>
    /// <param name="width">Channels of the map, C.</param>
    public ConditionLayer(ModuleScope scope, PriorShape shape, int width)
        : base(scope)
    {
        this.shape = shape;
        classes = shape.Classes > 0 ? AddChild(new EmbeddingLayer(scope.In("class"), shape.Classes, width)) : null;
        coarser = [.. shape.Coarser.Select(layout =>
        {
            var its = scope.In("coarser").In(layout.Name);
            var block = new ResidualShape(width, width);
            return (AddChild(new CodeInput(its.In("codes"), layout, width)), AddChild(new Sequential(
                its.In("net"),
                [
                    at => new Conv2dLayer(at, new ConvShape(width, width, 3), new Conv2dParams(Padding: 1)),
                    .. Enumerable.Repeat<Func<ModuleScope, Layer>>(at => new ResidualBlock(at, block), Blocks),
                ])));
        })];
    }

    /// <summary>Whether there is nothing to know.</summary>
    public bool IsEmpty => classes is null && coarser.Length == 0;

    /// <summary>The map; none where nothing is known.</summary>
    public IReadOnlyList<GridMap> Forward(Tape tape, PriorCondition condition, in StepContext context)
    {
        Variable? sum = null;
        for (var i = 0; i < coarser.Length; i++)
        {
            var vectors = coarser[i].Input.Forward(tape, condition.Coarser[i].Ids);
            var features = coarser[i].Net.Forward(vectors, context);
            Add(NearestResize.Apply(features, shape.Layout.Height, shape.Layout.Width));
        }

        if (classes is not null)
        {
            var vectors = classes.Forward(tape, condition.Classes!); // (B, C)
            Add(Reshape.Apply(vectors, [.. vectors.Shape, 1, 1]));
        }

        return sum is null ? [] : [GridMap.Of(sum)];

        void Add(Variable part) => sum = sum is null ? part : sum + part;
    }
}
