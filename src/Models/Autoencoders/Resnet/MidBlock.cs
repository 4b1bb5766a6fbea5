using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>A residual block, attention, a residual block, at the lowest resolution; keys <c>resnets.0</c>,
/// <c>attentions.0</c>, <c>resnets.1</c>.</summary>
internal sealed class MidBlock : Module
{
    private readonly ResnetBlock first, second;
    private readonly AttentionBlock? attention;

    public MidBlock(ModuleScope scope, int channels, NormShape norm, bool hasAttention)
        : base(scope)
    {
        first = AddChild(new ResnetBlock(scope.In("resnets.0"), (channels, channels), norm));
        attention = hasAttention ? AddChild(new AttentionBlock(scope.In("attentions.0"), channels, norm)) : null;
        second = AddChild(new ResnetBlock(scope.In("resnets.1"), (channels, channels), norm));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public Variable Forward(Variable x, Variable latent, in StepContext context)
    {
        x = context.Segment(x, latent, first.Forward);
        x = attention is null ? x : context.Segment(x, latent, attention.Forward);
        return context.Segment(x, latent, second.Forward);
    }
}
