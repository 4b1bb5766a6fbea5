using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>Attention of several heads in which a place sees those up to itself, of all places at once or place by
/// place.</summary>
/// <remarks>
/// <para>Shapes: x (B, T, D) → the same; in a pass that goes place by place x (B, 1, D), with the keys and values of the places
/// before in the <see cref="PlaceCache"/>. The sums are the same numbers in another order: results of both passes differ by
/// rounding.</para>
/// <para>Keys <c>query</c>, <c>key</c>, <c>value</c> and <c>out</c>, each with <c>weight</c> (D, D) and <c>bias</c> (D).</para>
/// <para>Memory: that of <see cref="Attention"/>; place by place 2·B·T·D floats. Source: arXiv:1706.03762, section 3.2.</para>
/// </remarks>
public sealed class CausalAttentionLayer : Module
{
    private readonly LinearLayer query, key, value, result;
    private readonly int heads;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="width">D.</param>
    /// <param name="heads">Parts that each look for themselves; they divide D.</param>
    public CausalAttentionLayer(ModuleScope scope, int width, int heads)
        : base(scope)
    {
        this.heads = heads;
        query = AddChild(new LinearLayer(scope.In("query"), (width, width)));
        key = AddChild(new LinearLayer(scope.In("key"), (width, width)));
        value = AddChild(new LinearLayer(scope.In("value"), (width, width)));
        result = AddChild(new LinearLayer(scope.In("out"), (width, width)));
    }

    /// <summary>y of x, where the context is.</summary>
    /// <exception cref="ShapeException">x is not (B, T, D).</exception>
    public Variable Forward(Variable x, in CausalContext at)
    {
        var (q, k, v) = (query.Forward(x), key.Forward(x), value.Forward(x));
        return result.Forward(at.Cache is { } cache
            ? Look(q, k.Value, v.Value, cache)
            : Attention.Apply(q, k, v, heads, isCausal: true));
    }

    /// <summary>What a place sees, (B, 1, D), once its own key and value are kept.</summary>
    private Variable Look(Variable q, Tensor<float> k, Tensor<float> v, PlaceCache cache)
    {
        var (b, d) = (q.Shape[0], q.Shape[2]);
        var scaled = q * (1 / MathF.Sqrt(d / (float)heads));
        using var queries = RowsOf(scaled.Value);
        using var keys = RowsOf(k);
        using var values = RowsOf(v);
        using var y = cache.Attend(this, queries, keys, values, heads, diagonal: 0);
        using var joined = y.Reshape([b, 1, d]);
        return q.Tape.Constant(joined, "causal-attention");

        Tensor<float> RowsOf(Tensor<float> x) => x.Reshape([b * heads, 1, d / heads]);
    }
}
