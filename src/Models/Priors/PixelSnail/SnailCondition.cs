using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>What a <see cref="PixelSnail"/> knows of images, (B, C, h, w) or (B, C, 1, 1): features of each coarser grid, and a
/// learned vector of the class, added up.</summary>
/// <remarks>Features: one-hot codes, a 3×3 convolution and gated residual blocks, each place repeated up to the grid's size. Keys
/// <c>cond_resnet.blocks.{i}</c> of the first grid, <c>cond_resnet.grids.{grid}.blocks.{i}</c> of others, <c>class.weight</c>
/// (classes, C).</remarks>
internal sealed class SnailCondition : Module
{
    private const int Kernel = 3;

    private readonly PriorShape shape;
    private readonly EmbeddingLayer? classes;
    private readonly (CodeInput Input, CausalConv2dLayer First, GatedResidualBlock[] Blocks)[] coarser;

    public SnailCondition(ModuleScope scope, PriorShape shape, PixelSnailOptions options)
        : base(scope)
    {
        this.shape = shape;
        var width = options.ResidualWidth;
        var block = new GatedBlockShape(width, width, Kernel, Dropout: (float)options.Dropout);
        classes = shape.Classes > 0 ? AddChild(new EmbeddingLayer(scope.In("class"), shape.Classes, width)) : null;
        coarser = [.. shape.Coarser.Select((layout, grid) =>
        {
            var its = scope.In("cond_resnet");
            its = (grid == 0 ? its : its.In("grids").In(layout.Name)).In("blocks");
            var input = AddChild(new CodeInput(its, layout, width: null));
            return (
                input,
                AddChild(SnailConv.Around(its.In("0"), new ConvShape(input.Width, width, Kernel))),
                Enumerable.Range(1, options.ConditionBlocks).Select(
                    i => AddChild(new GatedResidualBlock(its.In($"{i}"), block))).ToArray());
        })];
    }

    /// <summary>Whether there is nothing to know.</summary>
    public bool IsEmpty => classes is null && coarser.Length == 0;

    /// <summary>The map; null where nothing is known.</summary>
    public Variable? Forward(Tape tape, PriorCondition condition, in StepContext context)
    {
        Variable? sum = null;
        var at = new CausalContext(context);
        for (var i = 0; i < coarser.Length; i++)
        {
            var features = coarser[i].First.Forward(coarser[i].Input.Forward(tape, condition.Coarser[i].Ids), at);
            foreach (var block in coarser[i].Blocks)
            {
                features = block.Forward(features, at);
            }

            Add(NearestResize.Apply(features, shape.Layout.Height, shape.Layout.Width));
        }

        if (classes is not null)
        {
            var vectors = classes.Forward(tape, condition.Classes!); // (B, C)
            Add(Reshape.Apply(vectors, [.. vectors.Shape, 1, 1]));
        }

        return sum;

        void Add(Variable part) => sum = sum is null ? part : sum + part;
    }
}
