using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>norm → SiLU → 3×3 → norm → SiLU → 3×3, + x, or a 1×1 convolution of x where the channels differ; keys <c>norm1</c>,
/// <c>conv1</c>, <c>norm2</c>, <c>conv2</c>, <c>conv_shortcut</c>.</summary>
internal sealed class ResnetBlock : Module
{
    private readonly BlockNorm norm1, norm2;
    private readonly Conv2dLayer conv1, conv2;
    private readonly Conv2dLayer? shortcut;

    public ResnetBlock(ModuleScope scope, (int In, int Out) channels, NormShape norm)
        : base(scope)
    {
        var same = new Conv2dParams(Padding: 1);
        norm1 = AddChild(new BlockNorm(scope.In("norm1"), channels.In, norm));
        conv1 = AddChild(new Conv2dLayer(scope.In("conv1"), new ConvShape(channels.In, channels.Out, Kernel: 3), same));
        norm2 = AddChild(new BlockNorm(scope.In("norm2"), channels.Out, norm));
        conv2 = AddChild(new Conv2dLayer(scope.In("conv2"), new ConvShape(channels.Out, channels.Out, Kernel: 3), same));
        shortcut = channels.In == channels.Out ? null : AddChild(new Conv2dLayer(
            scope.In("conv_shortcut"), new ConvShape(channels.In, channels.Out, Kernel: 1), new Conv2dParams()));
    }

    /// <summary>x (B, In, H, W) → (B, Out, H, W).</summary>
    public Variable Forward(Variable x, Variable latent, in StepContext context)
    {
        var inner = conv1.Forward(Silu.Apply(norm1.Forward(x, latent, context)));
        return conv2.Forward(Silu.Apply(norm2.Forward(inner, latent, context)), residual: shortcut?.Forward(x) ?? x);
    }
}
