using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqCvae;

/// <summary>A residual block x + c1(ReLU(BN(c3(ReLU(x))))), the norm where it is wanted; keys <c>convs.1</c>, <c>convs.2</c> and
/// <c>convs.4</c>, without the norm <c>convs.1</c> and <c>convs.3</c>.</summary>
internal sealed class CvaeBlock : Layer
{
    private readonly Sequential convs;

    public CvaeBlock(ModuleScope scope, int channels, bool hasNorm)
        : base(scope)
    {
        List<Func<ModuleScope, Layer>> layers =
        [
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(channels, channels, Kernel: 3), new Conv2dParams(Padding: 1)),
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(channels, channels, Kernel: 1), new Conv2dParams()),
        ];
        if (hasNorm)
        {
            layers.Insert(2, at => new BatchNormLayer(at, channels));
        }

        convs = AddChild(new Sequential(scope.In("convs"), [.. layers]));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context) => x + convs.Forward(x, context);
}
