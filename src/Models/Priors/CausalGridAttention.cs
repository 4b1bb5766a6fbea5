using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>Sizes of a <see cref="CausalGridAttention"/>.</summary>
/// <param name="QueryChannels">Of what queries are made of.</param>
/// <param name="KeyChannels">Of what keys and values are made of.</param>
/// <param name="Channels">Of queries, keys and values, D.</param>
/// <param name="Heads">Equal parts of D.</param>
/// <param name="Diagonal">What a place sees: itself and all before at 0, only those before at −1.</param>
/// <param name="Dropout">Probability that training sets a weight to 0.</param>
/// <param name="Rule">How the weights of the maps are computed of what is learnt; null where they are that.</param>
public readonly record struct GridAttentionShape(
    int QueryChannels, int KeyChannels, int Channels, int Heads, int Diagonal = 0, float Dropout = 0, WeightRule? Rule = null);

/// <summary>Attention of the places of a grid, row by row, to those before:
/// <c>y[t] = Σₛ dropout(softmax(q[t]·k / √(D/heads)))[s] · v[s]</c> over s ≤ t + diagonal, in each head.</summary>
/// <remarks>
/// <para>Shapes: queries' (B, Q, h, w), keys' (B, K, h, w) → y (B, D, h, w), or those of a place or a row, (B, …, 1, N): it then
/// keeps keys and values in the <see cref="PlaceCache"/>. A place that sees none gets 0.</para>
/// <para>Keys <c>query</c>, <c>key</c> and <c>value</c>, each <c>weight</c> (D, Q or K) and <c>bias</c>, or those of a
/// <see cref="NormalizedWeight"/>.</para>
/// <para>Memory: (h·w)² floats for each image and head, two to five times in training; place by place B·2·D·h·w.</para>
/// <para>Sources: arXiv:1706.03762, section 3.2, and arXiv:1712.09763, section 2.2.</para>
/// </remarks>
public sealed class CausalGridAttention : Module
{
    private readonly GridAttentionShape shape;
    private readonly CausalConv2dLayer queries, keys, values;
    private readonly DropoutLayer dropout;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Sizes; heads divide D.</param>
    public CausalGridAttention(ModuleScope scope, GridAttentionShape shape)
        : base(scope)
    {
        this.shape = shape;
        queries = MapOf("query", shape.QueryChannels);
        keys = MapOf("key", shape.KeyChannels);
        values = MapOf("value", shape.KeyChannels);
        dropout = AddChild(new DropoutLayer(scope, shape.Dropout));

        CausalConv2dLayer MapOf(string name, int channels) => AddChild(CausalConv2dLayer.Pointwise(
            scope.In(name), channels, shape.Channels, rule: shape.Rule, isLinear: true));
    }

    private float Scale => 1 / MathF.Sqrt(shape.Channels / (float)shape.Heads);

    /// <summary>y of what queries, and keys and values, are made of.</summary>
    public Variable Forward(Variable query, Variable key, in CausalContext at)
    {
        var (q, k, v) = (queries.Forward(query, at) * Scale, keys.Forward(key, at), values.Forward(key, at));
        return at.Cache is { } cache ? Look(q, k, v, cache) : Whole(q, k, v, at.Step);
    }

    /// <summary>All places at once.</summary>
    private Variable Whole(Variable q, Variable k, Variable v, in StepContext context)
    {
        var scores = Matmul.Apply(Split(q), Split(k), Transpose.A); // (B·heads, T, T)
        var weights = dropout.Forward(CausalSoftmax.Apply(scores, shape.Diagonal), context);
        return Reshape.Apply(Matmul.Apply(Split(v), weights, Transpose.B), q.Shape);
    }

    /// <summary>Some places, from that of the cache on.</summary>
    private Variable Look(Variable q, Variable k, Variable v, PlaceCache cache)
    {
        using var queryRows = RowsOf(q); // (B·heads, N, D/heads)
        using var keyRows = RowsOf(k);
        using var valueRows = RowsOf(v);
        using var sums = cache.Attend(this, queryRows, keyRows, valueRows, shape.Heads, shape.Diagonal);
        using var image = PlaceCache.ImageOf(sums);
        using var y = image.Reshape(q.Shape);
        return q.Tape.Constant(y, "causal-attention");
    }

    /// <summary>Rows (B·heads, N, D/heads) of x (B, D, 1, N).</summary>
    private Tensor<float> RowsOf(Variable x)
    {
        using var heads = x.Value.Reshape([x.Shape[0] * shape.Heads, shape.Channels / shape.Heads, 1, x.Shape[3]]);
        return PlaceCache.RowsOf(heads);
    }

    /// <summary>(B, D, h, w) → (B·heads, D/heads, T)</summary>
    private Variable Split(Variable x) => Reshape.Apply(
        x, [x.Shape[0] * shape.Heads, shape.Channels / shape.Heads, x.Shape[2] * x.Shape[3]]);
}
