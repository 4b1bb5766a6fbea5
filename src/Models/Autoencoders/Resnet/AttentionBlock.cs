using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>Attention of one head between all pixels of an image, + x; keys <c>group_norm</c> or <c>spatial_norm</c>,
/// <c>to_q</c>, <c>to_k</c>, <c>to_v</c>, <c>to_out.0</c>.</summary>
/// <remarks>The (H·W)² weights of an image are never held together, see <see cref="Attention"/>.</remarks>
internal sealed class AttentionBlock : Module
{
    private readonly BlockNorm norm;
    private readonly AttentionLayer attention;

    public AttentionBlock(ModuleScope scope, int channels, NormShape norm)
        : base(scope)
    {
        var key = norm.LatentChannels is null ? "group_norm" : "spatial_norm";
        this.norm = AddChild(new BlockNorm(scope.In(key), channels, norm));
        attention = AddChild(new AttentionLayer(scope, new AttentionShape(channels, Heads: 1), AttentionKeys.Diffusers));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public Variable Forward(Variable x, Variable latent, in StepContext context)
    {
        var (b, c, h, w) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        var planes = Reshape.Apply(norm.Forward(x, latent, context), [b, c, h * w]);
        var rows = attention.Forward(Permute.Apply(planes, 0, 2, 1), context); // (B, H·W, C)
        return Reshape.Apply(Permute.Apply(rows, 0, 2, 1), x.Shape) + x;
    }
}
