using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Names of the four linear maps of an <see cref="AttentionLayer"/>.</summary>
public sealed record AttentionKeys(string Query, string Key, string Value, string Out)
{
    /// <summary>Those of diffusers: <c>to_q</c>, <c>to_k</c>, <c>to_v</c>, <c>to_out.0</c>.</summary>
    public static AttentionKeys Diffusers { get; } = new("to_q", "to_k", "to_v", "to_out.0");
}

/// <summary>Sizes of attention.</summary>
/// <param name="Width">D, of queries and results.</param>
/// <param name="Heads">Parts that each look for themselves; they divide D.</param>
/// <param name="ContextWidth">Of what keys and values are made of; D when null.</param>
/// <param name="HasBias">Whether the maps of queries, keys and values have one; that of the results always has.</param>
/// <param name="IsCausal">Whether a place sees only those up to itself.</param>
public readonly record struct AttentionShape(
    int Width, int Heads, int? ContextWidth = null, bool HasBias = true, bool IsCausal = false);

/// <summary>Attention of several heads with a linear map each for queries, keys, values and results.</summary>
/// <remarks>Keys <c>weight</c> and <c>bias</c> below the names of <see cref="AttentionKeys"/>.
/// Weights are never held together, see <see cref="IlgpuVq.Autograd.Attention"/>. PyTorch's own layer, which packs the first
/// three maps, is <see cref="MultiheadAttentionLayer"/>.</remarks>
public sealed class AttentionLayer : Layer
{
    private readonly LinearLayer query, key, value, result;
    private readonly AttentionShape shape;

    /// <param name="scope">Where its maps lie.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="keys">Names of the maps.</param>
    public AttentionLayer(ModuleScope scope, AttentionShape shape, AttentionKeys keys)
        : base(scope)
    {
        this.shape = shape;
        var (width, context) = (shape.Width, shape.ContextWidth ?? shape.Width);
        query = AddChild(new LinearLayer(scope.In(keys.Query), (width, width), shape.HasBias));
        key = AddChild(new LinearLayer(scope.In(keys.Key), (context, width), shape.HasBias));
        value = AddChild(new LinearLayer(scope.In(keys.Value), (context, width), shape.HasBias));
        result = AddChild(new LinearLayer(scope.In(keys.Out), (width, width)));
    }

    /// <summary>Of a sequence to itself: x (B, T, D) → the same.</summary>
    /// <exception cref="ShapeException">x is not (B, T, D).</exception>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x, x);

    /// <summary>Of a sequence to another: x (B, T, D), source (B, S, ContextWidth) → (B, T, D).</summary>
    /// <exception cref="ShapeException">The shapes do not fit, or a causal one has T ≠ S.</exception>
    public Variable Forward(Variable x, Variable source) => result.Forward(
        Attention.Apply(query.Forward(x), key.Forward(source), value.Forward(source), shape.Heads, shape.IsCausal));
}
