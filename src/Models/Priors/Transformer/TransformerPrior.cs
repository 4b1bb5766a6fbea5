using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors.Transformer;

/// <summary>A causal transformer over a grid's places, row by row: the vector of the place before, or a start vector → positions
/// → blocks of causal attention → norm → logits.</summary>
/// <remarks>
/// <para>A place's input is what was chosen at the one before, so attention may see up to the place itself. What is known of an
/// image is added at each place.</para>
/// <para>Place by place, the keys and values of each block are kept, 2·layers·B·T·D floats. Form: GPT-2's
/// (<see cref="TransformerBlock"/>), with positions of a grid (<see cref="GridPositions"/>). Keys <c>codes</c>, <c>start</c>,
/// <c>positions</c>, <c>condition</c>, <c>blocks.{i}</c>, <c>norm</c>, <c>logits</c>.</para>
/// </remarks>
public sealed class TransformerPrior : AutoregressivePrior
{
    private readonly Parameter start;
    private readonly GridPositions positions;
    private readonly ConditionLayer condition;
    private readonly DropoutLayer dropout;
    private readonly TransformerBlock[] blocks;
    private readonly LayerNormLayer norm;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="options">Sizes.</param>
    public TransformerPrior(ModuleScope scope, PriorShape shape, TransformerOptions options)
        : base(scope, shape, options.Width, head: "logits")
    {
        var (width, layout) = (options.Width, shape.Layout);
        var block = new BlockShape(width, options.Heads, (float)options.Dropout, IsCausal: true);
        Input = AddChild(new CodeInput(scope.In("codes"), layout, width));
        start = AddParameter("start", [width], Initializers.Normal(1));
        positions = AddChild(new GridPositions(scope.In("positions"), layout.Height, layout.Width, width));
        condition = AddChild(new ConditionLayer(scope.In("condition"), shape, width));
        dropout = AddChild(new DropoutLayer(scope, block.Dropout));
        blocks = [.. Enumerable.Range(0, options.Layers).Select(i => AddChild(
            new TransformerBlock(scope.In("blocks").In($"{i}"), block)))];
        norm = AddChild(new LayerNormLayer(scope.In("norm"), width));
    }

    /// <inheritdoc/>
    protected internal override CodeInput Input { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<GridMap> Conditions(
        Tape tape, PriorCondition condition, in StepContext context) => this.condition.Forward(tape, condition, context);

    /// <inheritdoc/>
    protected internal override Variable Features(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
        var x = at.Cache is { } cache
            ? Before(tape, input.Rows, cache) + Here(tape, cache)
            : Before(PlaceSequence.Of(input.Whole)) + Places(tape);
        foreach (var map in conditions)
        {
            x += PlaceSequence.Of(map.Here(tape, at));
        }

        x = dropout.Forward(x, at.Step);
        foreach (var block in blocks)
        {
            x = block.Forward(x, at);
        }

        var (h, w) = at.Cache is null ? (Layout.Height, Layout.Width) : (1, 1);
        return PlaceSequence.ToGrid(norm.Forward(x, at.Step), h, w);
    }

    /// <summary>The vectors (B, T, D) of the place before each; zeros at the first.</summary>
    private static Variable Before(Variable x) => Pad.Apply(x, [0, 1, 0], [0, -1, 0]);

    /// <summary>That of the place where the network is, (B, 1, D).</summary>
    private static Variable Before(Tape tape, Tensor<float> rows, PlaceCache cache)
    {
        var before = cache.Prepare(typeof(TransformerPrior), () => cache.Device.From<int>([0, -1], [1, 2]));
        using var taken = Primitive.TakeTaps(rows, cache.Place, before, cache.Height * cache.Width, count: 1);
        return tape.Constant(taken, "before");
    }

    /// <summary>What each place begins with, (1, T, D): its position, and the start vector at the first.</summary>
    private Variable Places(Tape tape)
    {
        var first = Reshape.Apply(tape.Watch(start), [1, 1, FeatureWidth]);
        return positions.On(tape) + Pad.Apply(first, [0, 0, 0], [0, Shape.Places - 1, 0]);
    }

    /// <summary>That of the place where the network is, (1, 1, D).</summary>
    private Variable Here(Tape tape, PlaceCache cache)
    {
        var all = cache.Prepare(this, PreparePlaces);
        var own = cache.Prepare(typeof(GridPositions), () => cache.Device.From<int>([0, 0], [1, 2]));
        using var taken = Primitive.TakeTaps(all, cache.Place, own, cache.Height * cache.Width, count: 1);
        return tape.Constant(taken, "position");
    }

    private Tensor<float> PreparePlaces()
    {
        using var tape = new Tape(Device, recording: false);
        return Places(tape).Value.Share();
    }
}
