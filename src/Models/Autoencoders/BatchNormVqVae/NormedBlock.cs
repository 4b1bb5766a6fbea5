using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.BatchNormVqVae;

/// <summary>A residual block r + n(c1(relu(n(c3(r))))) with r = relu(x), which its in-place ReLU makes of the skip too, and n
/// batch norms; keys <c>block.1</c>, <c>block.2</c>, <c>block.4</c>, <c>block.5</c>.</summary>
internal sealed class NormedBlock : Layer
{
    private readonly Sequential block;

    public NormedBlock(ModuleScope scope, int channels)
        : base(scope) => block = AddChild(new Sequential(scope.In("block"),
            at => new FunctionLayer(at, x => x), // the ReLU
            at => new Conv2dLayer(at, new ConvShape(channels, channels, Kernel: 3), new Conv2dParams(Padding: 1)),
            at => new BatchNormLayer(at, channels),
            at => new FunctionLayer(at, Relu.Apply),
            at => new Conv2dLayer(at, new ConvShape(channels, channels, Kernel: 1), new Conv2dParams()),
            at => new BatchNormLayer(at, channels)));

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var rectified = Relu.Apply(x);
        return rectified + block.Forward(rectified, context);
    }
}
