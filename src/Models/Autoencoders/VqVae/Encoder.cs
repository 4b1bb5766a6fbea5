using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>(B, C, H, W) → (B, Hidden, H/4, W/4): two strided convolutions, one more, the residual stack; keys <c>_conv_1</c>,
/// <c>_conv_2</c>, <c>_conv_3</c>, <c>_residual_stack</c>.</summary>
public sealed class Encoder : Layer
{
    private readonly Conv2dLayer conv1, conv2, conv3;
    private readonly ResidualStack residual;

    internal Encoder(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        var (half, full) = (options.Hidden / 2, options.Hidden);
        var halving = new Conv2dParams(Stride: 2, Padding: 1);
        conv1 = AddChild(new Conv2dLayer(
            scope.In("_conv_1"), new ConvShape(options.Channels, half, Kernel: 4), halving, Activation.Relu));
        conv2 = AddChild(new Conv2dLayer(scope.In("_conv_2"), new ConvShape(half, full, Kernel: 4), halving, Activation.Relu));
        conv3 = AddChild(new Conv2dLayer(scope.In("_conv_3"), new ConvShape(full, full, Kernel: 3),
            new Conv2dParams(Padding: 1)));
        residual = AddChild(options.BuildResiduals(scope.In("_residual_stack")));
    }

    /// <summary>x (B, C, H, W) → (B, Hidden, H/4, W/4).</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        residual.Forward(conv3.Forward(conv2.Forward(conv1.Forward(x))), context);
}
