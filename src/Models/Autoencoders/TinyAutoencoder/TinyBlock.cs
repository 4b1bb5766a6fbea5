using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.TinyAutoencoder;

/// <summary>ReLU(x + c3(ReLU(c3(ReLU(c3(x)))))); keys <c>conv.0</c>, <c>conv.2</c>, <c>conv.4</c>.</summary>
internal sealed class TinyBlock : Layer
{
    private readonly Conv2dLayer first, second, third;

    public TinyBlock(ModuleScope scope, int channels)
        : base(scope)
    {
        (first, second, third) = (Conv("0"), Conv("2"), Conv("4"));

        // The last ReLU comes after x is added, in the same pass.
        Conv2dLayer Conv(string key) => AddChild(new Conv2dLayer(
            scope.In("conv").In(key), new ConvShape(channels, channels, Kernel: 3), new Conv2dParams(Padding: 1),
            Activation.Relu));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        third.Forward(second.Forward(first.Forward(x)), residual: x);
}
