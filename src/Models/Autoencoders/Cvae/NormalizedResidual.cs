using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Cvae;

/// <summary>x + c1(ReLU(norm(c3(ReLU(x))))) with a batch norm; keys <c>convs.1</c>, <c>convs.2</c>, <c>convs.4</c>.</summary>
internal sealed class NormalizedResidual : Layer
{
    private readonly Conv2dLayer wide, narrow;
    private readonly BatchNormLayer norm;

    public NormalizedResidual(ModuleScope scope, int channels)
        : base(scope)
    {
        var convs = scope.In("convs");
        wide = AddChild(new Conv2dLayer(
            convs.In("1"), new ConvShape(channels, channels, Kernel: 3), new Conv2dParams(Padding: 1)));
        norm = AddChild(new BatchNormLayer(convs.In("2"), channels));
        narrow = AddChild(new Conv2dLayer(convs.In("4"), new ConvShape(channels, channels, Kernel: 1), new Conv2dParams()));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        narrow.Forward(Relu.Apply(norm.Forward(wide.Forward(Relu.Apply(x)), context)), residual: x);
}
