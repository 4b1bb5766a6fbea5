using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors.Transformer;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors.MaskGit;

/// <summary>A transformer that sees all places at once and predicts the indices that are hidden from it; images are drawn in a
/// few passes, many indices in each.</summary>
/// <remarks>
/// <para>Training hides ⌈cos(π/2·u)·N⌉ of an image's N indices, u uniform for each image, which indices at random; the loss is
/// the mean of −ln p of the hidden ones, each given those that are seen. That is no bound of −ln p of the image:
/// <see cref="GridPrior.IsLikelihood"/>.</para>
/// <para><see cref="GridPrior.Score"/> hides parts of eight sizes of each image (<see cref="ScoreMasks"/>), and counts all that
/// is hidden.</para>
/// <para>Each level of a place is hidden and predicted for itself. What is known of an image is added at each place. Keys
/// <c>codes</c>, <c>positions</c>, <c>condition</c>, <c>blocks.{i}</c>, <c>norm</c>, <c>logits.{level}</c>.</para>
/// <para>Source: arXiv:2202.04200; its blocks have norms behind them and its logits are products with the vectors of the codes,
/// where those here are <see cref="TransformerBlock"/> and a linear map.</para>
/// </remarks>
public sealed class MaskGitPrior : GridPrior
{
    private readonly MaskedCodeInput input;
    private readonly GridPositions positions;
    private readonly ConditionLayer condition;
    private readonly DropoutLayer dropout;
    private readonly TransformerBlock[] blocks;
    private readonly LayerNormLayer norm;
    private readonly LinearLayer[] heads;
    private readonly ulong parts, places;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="options">Sizes.</param>
    public MaskGitPrior(ModuleScope scope, PriorShape shape, MaskGitOptions options)
        : base(scope, shape)
    {
        var (width, layout) = (options.Width, shape.Layout);
        var block = new BlockShape(width, options.Heads, (float)options.Dropout, IsCausal: false);
        input = AddChild(new MaskedCodeInput(scope.In("codes"), layout, width));
        positions = AddChild(new GridPositions(scope.In("positions"), layout.Height, layout.Width, width));
        condition = AddChild(new ConditionLayer(scope.In("condition"), shape, width));
        dropout = AddChild(new DropoutLayer(scope, block.Dropout));
        blocks = [.. Enumerable.Range(0, options.Layers).Select(i => AddChild(
            new TransformerBlock(scope.In("blocks").In($"{i}"), block)))];
        norm = AddChild(new LayerNormLayer(scope.In("norm"), width));
        heads = [.. layout.CodebookSizes.Select((k, level) => AddChild(
            new LinearLayer(scope.In("logits").In($"{level}"), (width, k))))];
        (parts, places) = (ModuleScope.StreamOf(scope.Key("mask-parts")), ModuleScope.StreamOf(scope.Key("mask-places")));
    }

    /// <inheritdoc/>
    public override bool IsLikelihood => false;

    /// <summary>Logits (B·T, K) of each level, of indices (B, L, h, w) that are hidden where the mask, of the same shape, is
    /// 1.</summary>
    internal Variable[] Logits(Tape tape, Tensor<int> ids, Tensor<float> mask, PriorCondition known, in StepContext context)
    {
        var at = new CausalContext(context);
        var x = input.Forward(tape, ids, mask) + positions.On(tape);
        foreach (var map in condition.Forward(tape, known, context))
        {
            x += PlaceSequence.Of(map.Here(tape, at));
        }

        x = dropout.Forward(x, context);
        foreach (var block in blocks)
        {
            x = block.Forward(x, at);
        }

        x = norm.Forward(x, context);
        var rows = Reshape.Apply(x, [x.Shape[0] * x.Shape[1], x.Shape[2]]);
        return Array.ConvertAll(heads, head => head.Forward(rows));
    }

    /// <summary>The mean of −ln p of the indices that are hidden, ().</summary>
    internal Variable LossOf(Tape tape, Tensor<int> ids, Tensor<float> mask, PriorCondition known, in StepContext context)
    {
        var logits = Logits(tape, ids, mask, known, context);
        Variable? sum = null;
        for (var level = 0; level < logits.Length; level++)
        {
            using var targets = CodeInput.LevelOf(ids, level);
            using var part = Primitive.Slice(mask, axis: 1, start: level, length: 1);
            using var flat = part.Reshape([targets.Size]);
            var losses = CrossEntropy.Apply(logits[level], targets, reduction: Reduction.None);
            var its = Sum.Apply(losses * tape.Constant(flat, "mask"));
            sum = sum is null ? its : sum + its;
        }

        using var count = Primitive.Sum(mask, axes: []);
        return sum! / tape.Constant(count, "count");
    }

    /// <inheritdoc/>
    protected override Variable FindLoss(Tape tape, Tensor<int> ids, PriorCondition condition, in StepContext context)
    {
        var (random, b) = (context.RandomFor("maskgit"), ids.Shape[0]);
        using var part = random.Uniform([b], low: 0, high: 1, parts);
        using var order = random.Uniform([b, ids.Size / b], low: 0, high: 1, places);
        using var rows = Primitive.CosineMask(part, order);
        using var mask = rows.Reshape(ids.Shape);
        return LossOf(tape, ids, mask, condition, context);
    }

    /// <inheritdoc/>
    protected override PriorScore FindScore(Tensor<int> ids, PriorCondition condition)
    {
        var (hostIds, score) = (ids.ToArray(), default(PriorScore));
        for (var part = 0; part < ScoreMasks.Parts; part++)
        {
            var hidden = ScoreMasks.Of(hostIds, Layout.IndicesPerImage, part);
            using var mask = Device.From<float>(hidden, ids.Shape);
            using var tape = new Tape(Device, recording: false);
            var logits = Logits(tape, ids, mask, condition, StepContext.Inference);
            for (var level = 0; level < logits.Length; level++)
            {
                score += ScoreOf(logits[level], ids, hidden, level);
            }
        }

        return score;
    }

    /// <inheritdoc/>
    protected override Tensor<int> Draw(SampleRequest request) => new ParallelDecoding(this, request).Run();

    private PriorScore ScoreOf(Variable logits, Tensor<int> ids, float[] hidden, int level)
    {
        using var targets = CodeInput.LevelOf(ids, level);
        using var best = Primitive.ArgMax(logits.Value);
        var losses = CrossEntropy.Apply(logits, targets, reduction: Reduction.None).Value.ToArray();
        var (chosen, right, score) = (best.ToArray(), targets.ToArray(), default(PriorScore));
        for (var row = 0; row < losses.Length; row++)
        {
            var (b, place) = (row / Shape.Places, row % Shape.Places);
            if (hidden[(b * Layout.Levels + level) * Shape.Places + place] != 0)
            {
                score += new PriorScore(losses[row], chosen[row] == right[row] ? 1 : 0, 1);
            }
        }

        return score;
    }
}
