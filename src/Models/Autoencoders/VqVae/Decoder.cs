using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>(B, D, h, w) → (B, C, 4h, 4w): a convolution, the residual stack, two transposed convolutions; keys <c>_conv_1</c>,
/// <c>_residual_stack</c>, <c>_conv_trans_1</c>, <c>_conv_trans_2</c>.</summary>
public sealed class Decoder : Layer
{
    private readonly HiddenActivation activation;
    private readonly Conv2dLayer conv1;
    private readonly ResidualStack residual;
    private readonly ConvTranspose2dLayer convTrans1, convTrans2;

    internal Decoder(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        activation = options.Activation;
        var (half, full) = (options.Hidden / 2, options.Hidden);
        var doubling = new Conv2dParams(Stride: 2, Padding: 1);
        conv1 = AddChild(new Conv2dLayer(scope.In("_conv_1"), new ConvShape(options.Quantizer.OutputWidth, full, Kernel: 3),
            new Conv2dParams(Padding: 1)));
        residual = AddChild(options.BuildResiduals(scope.In("_residual_stack")));
        convTrans1 = AddChild(new ConvTranspose2dLayer(
            scope.In("_conv_trans_1"), new ConvShape(full, half, Kernel: 4), doubling, activation.Fused()));
        convTrans2 = AddChild(new ConvTranspose2dLayer(
            scope.In("_conv_trans_2"), new ConvShape(half, options.Channels, Kernel: 4), doubling));
    }

    /// <summary>Latent images x (B, D, h, w), quantized or not → images (B, C, 4h, 4w).</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        context.Segment(residual.Forward(conv1.Forward(x), context), Enlarge);

    private Variable Enlarge(Variable x, in StepContext context) =>
        convTrans2.Forward(activation.Finish(convTrans1.Forward(x)));
}
