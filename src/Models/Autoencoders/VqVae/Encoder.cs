using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>(B, C, H, W) → (B, Hidden, H/4, W/4): two strided convolutions, one more, the residual stack; keys <c>_conv_1</c>,
/// <c>_conv_2</c>, <c>_conv_3</c>, <c>_residual_stack</c>, and <c>bn1</c> … <c>bn3</c> where there are norms.</summary>
public sealed class Encoder : Layer
{
    private readonly NormedConv2d conv1, conv2, conv3;
    private readonly ResidualStack residual;

    internal Encoder(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        var (half, full) = (options.Hidden / 2, options.Hidden);
        var halving = new Conv2dParams(Stride: 2, Padding: 1);
        conv1 = Add(1, new ConvShape(options.Channels, half, Kernel: 4), halving, options.Activation);
        conv2 = Add(2, new ConvShape(half, full, Kernel: 4), halving, options.Activation);
        conv3 = Add(3, new ConvShape(full, full, Kernel: 3), new Conv2dParams(Padding: 1), null);
        residual = AddChild(options.BuildResiduals(scope.In("_residual_stack")));

        NormedConv2d Add(int i, ConvShape shape, Conv2dParams convolution, HiddenActivation? activation) =>
            AddChild(new NormedConv2d(
                scope.In($"_conv_{i}"), options.UseNorm ? scope.In($"bn{i}") : null, shape, convolution, activation));
    }

    /// <summary>x (B, C, H, W) → (B, Hidden, H/4, W/4).</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        residual.Forward(context.Segment(x, Reduce), context);

    private Variable Reduce(Variable x, in StepContext context) =>
        conv3.Forward(conv2.Forward(conv1.Forward(x, context), context), context);
}
