using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.Transformer;

/// <summary>Sizes of a <see cref="TransformerBlock"/>.</summary>
/// <param name="Width">D.</param>
/// <param name="Heads">Of its attention; they divide D.</param>
/// <param name="Dropout">The part of each branch's numbers that training leaves out.</param>
/// <param name="IsCausal">Whether a place sees those up to itself only.</param>
public readonly record struct BlockShape(int Width, int Heads, float Dropout, bool IsCausal);

/// <summary>A block of a transformer, norms first: <c>x + attention(norm x)</c>, then <c>x + mlp(norm x)</c> with mlp: D → 4·D,
/// GELU, → D.</summary>
/// <remarks>
/// <para>Shapes: x (B, T, D) → the same; in a causal pass that goes place by place (B, 1, D).</para>
/// <para>Keys <c>norm_1</c>, <c>attention</c>, <c>norm_2</c>, <c>mlp.0</c> and <c>mlp.1</c>. Dropout is on what each branch adds;
/// attention's weights have none. Source: GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019,
/// section 2.3), with the exact GELU rather than its tanh approximation.</para>
/// </remarks>
public sealed class TransformerBlock : Module
{
    private const int Expansion = 4;

    private readonly LayerNormLayer norm1, norm2;
    private readonly CausalAttentionLayer? causal;
    private readonly AttentionLayer? attention;
    private readonly LinearLayer up, down;
    private readonly DropoutLayer dropout1, dropout2;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Sizes.</param>
    public TransformerBlock(ModuleScope scope, BlockShape shape)
        : base(scope)
    {
        var (width, its) = (shape.Width, scope.In("attention"));
        norm1 = AddChild(new LayerNormLayer(scope.In("norm_1"), width));
        causal = shape.IsCausal ? AddChild(new CausalAttentionLayer(its, width, shape.Heads)) : null;
        attention = shape.IsCausal ? null : AddChild(new AttentionLayer(
            its, new AttentionShape(width, shape.Heads), new AttentionKeys("query", "key", "value", "out")));
        norm2 = AddChild(new LayerNormLayer(scope.In("norm_2"), width));
        up = AddChild(new LinearLayer(scope.In("mlp").In("0"), (width, Expansion * width)));
        down = AddChild(new LinearLayer(scope.In("mlp").In("1"), (Expansion * width, width)));
        dropout1 = AddChild(new DropoutLayer(its, shape.Dropout));
        dropout2 = AddChild(new DropoutLayer(scope.In("mlp"), shape.Dropout));
    }

    /// <summary>y of x, where the context is.</summary>
    /// <exception cref="ShapeException">x is not (B, T, D).</exception>
    public Variable Forward(Variable x, in CausalContext at)
    {
        var normed = norm1.Forward(x, at.Step);
        x += dropout1.Forward(causal?.Forward(normed, at) ?? attention!.Forward(normed, at.Step), at.Step);
        var inner = Gelu.Apply(up.Forward(norm2.Forward(x, at.Step)));
        return x + dropout2.Forward(down.Forward(inner), at.Step);
    }
}
