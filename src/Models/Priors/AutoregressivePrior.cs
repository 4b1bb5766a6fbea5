using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>A prior that predicts an index of those before it, place by place and row by row, and level by level at each place:
/// <c>p = Π p(index | those before)</c>.</summary>
/// <remarks>
/// <para>A causal network makes features of each place out of the places before. The logits of a place's first level are a linear
/// map of them; those of a further level are another, of the features and a learned vector for each index that the place has
/// by then.</para>
/// <para>The same network runs over all places at once, to learn and to measure, and place by place (<see cref="PriorSteps"/>),
/// to draw. Keys of further levels: <c>levels.{l}.…</c>.</para>
/// </remarks>
public abstract class AutoregressivePrior : GridPrior
{
    private readonly CausalConv2dLayer[] heads;
    private readonly EmbeddingLayer[][] lower;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    /// <param name="features">Channels of the features.</param>
    /// <param name="head">The key of the linear map to the first level's logits.</param>
    /// <param name="rule">How the weights of the maps to logits are computed of what is learnt; null where they are that.</param>
    protected AutoregressivePrior(ModuleScope scope, PriorShape shape, int features, string head, WeightRule? rule = null)
        : base(scope, shape)
    {
        FeatureWidth = features;
        heads = [.. Layout.CodebookSizes.Select((k, level) => AddChild(CausalConv2dLayer.Pointwise(
            level == 0 ? scope.In(head) : LevelScope(level).In("head"), features, k, rule: rule)))];
        lower = [.. Enumerable.Range(0, Layout.Levels).Select(level => Enumerable.Range(0, level).Select(below => AddChild(
            new EmbeddingLayer(LevelScope(level).In("below").In($"{below}"), Layout.CodebookSizes[below], features))).ToArray())];

        ModuleScope LevelScope(int level) => scope.In("levels").In($"{level}");
    }

    /// <summary>Channels of the features.</summary>
    public int FeatureWidth { get; }

    /// <summary>How the network reads indices.</summary>
    protected internal abstract CodeInput Input { get; }

    /// <summary>The layers that read one-hot codes, of whose weights a place reads the rows of its codes only.</summary>
    protected internal virtual IReadOnlyList<CausalConv2dLayer> CodeLayers => [];

    /// <summary>Whether a part of the network goes row by row: <see cref="FollowRow"/>.</summary>
    protected internal virtual bool HasRows => false;

    /// <summary>What the network may know of each place: maps (B, C, h, w), or (B, C, 1, 1) of what is the same
    /// everywhere.</summary>
    protected internal abstract IReadOnlyList<GridMap> Conditions(
        Tape tape, PriorCondition condition, in StepContext context);

    /// <summary>Features (B, F, …) of where the context is.</summary>
    /// <param name="tape">Where they are computed.</param>
    /// <param name="input">The vectors of indices: of the places before, where it goes place by place.</param>
    /// <param name="conditions">Those of <see cref="Conditions"/>.</param>
    /// <param name="at">Where.</param>
    protected internal abstract Variable Features(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at);

    /// <summary>Computes what a network that goes place by place needs of a whole row, which depends on the rows above alone,
    /// before the row's first place. It keeps that in the cache.</summary>
    /// <inheritdoc cref="Features"/>
    protected internal virtual void FollowRow(
        Tape tape, GridMap input, IReadOnlyList<GridMap> conditions, in CausalContext at)
    {
    }

    /// <summary>Logits (B, K, …) of a level.</summary>
    /// <param name="features">(B, F, h, w).</param>
    /// <param name="ids">(B, L, h, w); levels below are read.</param>
    /// <param name="level">From 0.</param>
    /// <param name="at">Where.</param>
    internal Variable Logits(Variable features, Tensor<int> ids, int level, in CausalContext at)
    {
        var (b, h, w) = (ids.Shape[0], ids.Shape[2], ids.Shape[3]);
        for (var below = 0; below < level; below++)
        {
            using var its = CodeInput.LevelOf(ids, below);
            var rows = lower[level][below].Forward(features.Tape, its); // (B·h·w, F)
            features += h * w == 1
                ? Reshape.Apply(rows, [b, FeatureWidth, 1, 1])
                : Permute.Apply(Reshape.Apply(rows, [b, h, w, FeatureWidth]), 0, 3, 1, 2);
        }

        return heads[level].Forward(features, at);
    }

    /// <summary>The logits (B, K, h, w) of each level at all places at once.</summary>
    internal Variable[] AllLogits(Tape tape, Tensor<int> ids, PriorCondition condition, in CausalContext at)
    {
        var features = Features(tape, Input.Map(tape, ids), Conditions(tape, condition, at.Step), at);
        var logits = new Variable[Layout.Levels];
        for (var level = 0; level < logits.Length; level++)
        {
            logits[level] = Logits(features, ids, level, at);
        }

        return logits;
    }

    /// <inheritdoc/>
    protected override Variable FindLoss(Tape tape, Tensor<int> ids, PriorCondition condition, in StepContext context)
    {
        var logits = AllLogits(tape, ids, condition, new CausalContext(context));
        Variable? sum = null;
        for (var level = 0; level < logits.Length; level++)
        {
            using var targets = TargetsOf(ids, level);
            var loss = CrossEntropy.Apply(logits[level], targets);
            sum = sum is null ? loss : sum + loss;
        }

        return logits.Length == 1 ? sum! : sum! * (1f / logits.Length);
    }

    /// <inheritdoc/>
    protected override PriorScore FindScore(Tensor<int> ids, PriorCondition condition)
    {
        using var tape = new Tape(Device, recording: false);
        var score = default(PriorScore);
        var logits = AllLogits(tape, ids, condition, CausalContext.Inference);
        for (var level = 0; level < logits.Length; level++)
        {
            using var targets = TargetsOf(ids, level);
            var losses = CrossEntropy.Apply(logits[level], targets, reduction: Reduction.None).Value.ToArray();
            using var best = Primitive.ArgMax(logits[level].Value, axis: 1);
            var right = best.ToArray().Zip(targets.ToArray()).LongCount(pair => pair.First == pair.Second);
            score += new PriorScore(losses.Sum(loss => (double)loss), right, losses.Length);
        }

        return score;
    }

    /// <inheritdoc/>
    protected override Tensor<int> Draw(SampleRequest request)
    {
        var (levels, places) = (Layout.Levels, Shape.Places);
        var sampler = new LogitSampler(request.Options);
        var ids = new int[request.Count * Layout.IndicesPerImage];
        var chosen = new int[request.Count];
        using var steps = new PriorSteps(this, request.Count, request.Condition);
        for (var place = 0; place < places; place++)
        {
            request.Stop.ThrowIfCancellationRequested();
            for (var level = 0; level < levels; level++)
            {
                var logits = steps.Logits();
                var k = Layout.CodebookSizes[level];
                for (var b = 0; b < request.Count; b++)
                {
                    var i = (b * levels + level) * places + place;
                    chosen[b] = ids[i] = request.Given is { } given && given[i] >= 0
                        ? given[i]
                        : sampler.Draw(logits.Slice(b * k, k), request.First + b, place * levels + level);
                }

                steps.Choose(chosen);
            }

            request.Progress?.Invoke(place + 1, places);
        }

        return Device.From<int>(ids, [request.Count, levels, Layout.Height, Layout.Width]);
    }

    /// <summary>(B, h, w)</summary>
    private static Tensor<int> TargetsOf(Tensor<int> ids, int level)
    {
        using var flat = CodeInput.LevelOf(ids, level);
        return flat.Reshape([ids.Shape[0], ids.Shape[2], ids.Shape[3]]);
    }
}
