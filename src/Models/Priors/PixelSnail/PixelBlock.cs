using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>A block of a <see cref="PixelSnail"/>: causal gated residual blocks, then attention to what all places before made of
/// it, or a 1×1 convolution. Both know where the place is.</summary>
/// <remarks>Keys <c>resblocks.{i}</c>, then <c>key_resblock</c>, <c>query_resblock</c>, <c>causal_attention</c> and
/// <c>out_resblock</c>, or <c>out</c>.</remarks>
internal sealed class PixelBlock : Module
{
    private readonly GatedResidualBlock[] residual;
    private readonly GatedResidualBlock? keys, queries, result;
    private readonly CausalGridAttention? attention;
    private readonly CausalConv2dLayer? output;

    public PixelBlock(ModuleScope scope, PixelSnailOptions options, bool hasAttention, int condition)
        : base(scope)
    {
        const int coordinates = 2;
        var (width, dropout) = (options.Width, (float)options.Dropout);
        var causal = new GatedBlockShape(
            width, options.ResidualWidth, options.Kernel, IsCausal: true, dropout, Condition: condition);
        residual = [.. Enumerable.Range(0, options.ResidualBlocks).Select(
            i => AddChild(new GatedResidualBlock(scope.In("resblocks").In($"{i}"), causal)))];
        if (!hasAttention)
        {
            output = AddChild(SnailConv.Pointwise(scope.In("out"), width + coordinates, width));
            return;
        }

        var (forQuery, forKey) = (width + coordinates, 2 * width + coordinates);
        var single = new GatedBlockShape(width, width, Kernel: 1, Dropout: dropout);
        keys = AddChild(new GatedResidualBlock(scope.In("key_resblock"), single with { Channels = forKey }));
        queries = AddChild(new GatedResidualBlock(scope.In("query_resblock"), single with { Channels = forQuery }));
        attention = AddChild(new CausalGridAttention(
            scope.In("causal_attention"),
            new GridAttentionShape(forQuery, forKey, width / 2, options.Heads, Diagonal: -1, dropout, WeightRule.Length)));
        result = AddChild(new GatedResidualBlock(scope.In("out_resblock"), single with { Beside = width / 2 }));
    }

    /// <summary>x (B, C, …) → the same.</summary>
    /// <param name="x">What the block below made.</param>
    /// <param name="background">Where the places are, (B, 2, …).</param>
    /// <param name="condition">What is known of them.</param>
    /// <param name="at">Where the network is.</param>
    public Variable Forward(Variable x, Variable background, Variable? condition, in CausalContext at)
    {
        var y = x;
        foreach (var block in residual)
        {
            y = block.Forward(y, at, condition: condition);
        }

        if (attention is null)
        {
            return output!.Forward(Concat.Apply(1, y, background), at);
        }

        var key = keys!.Forward(Concat.Apply(1, x, y, background), at);
        var query = queries!.Forward(Concat.Apply(1, y, background), at);
        return result!.Forward(y, at, beside: attention.Forward(query, key, at));
    }
}
