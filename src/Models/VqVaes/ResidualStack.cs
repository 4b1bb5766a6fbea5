using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.VqVaes;

/// <summary>Residual blocks x + c1(relu(c3(relu(x)))) without biases, then a ReLU; keys <c>_layers.{i}._block.{1,3}</c>.</summary>
internal sealed class ResidualStack : Module
{
    private readonly ResidualSkip skip;
    private readonly (Conv2dLayer Wide, Conv2dLayer Narrow)[] blocks;

    public ResidualStack(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        skip = options.Skip;
        blocks = new (Conv2dLayer, Conv2dLayer)[options.ResidualLayers];
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = scope.In("_layers").In($"{i}").In("_block");
            blocks[i] = (
                AddChild(new Conv2dLayer(block.In("1"), new ConvShape(options.Hidden, options.ResidualHidden, Kernel: 3),
                    new Conv2dParams(Padding: 1), Activation.Relu, hasBias: false)),
                AddChild(new Conv2dLayer(block.In("3"), new ConvShape(options.ResidualHidden, options.Hidden, Kernel: 1),
                    new Conv2dParams(), hasBias: false)));
        }
    }

    public Variable Forward(Variable x)
    {
        foreach (var (wide, narrow) in blocks)
        {
            var rectified = Relu.Apply(x);
            var change = narrow.Forward(wide.Forward(rectified));
            x = (skip == ResidualSkip.Rectified ? rectified : x) + change;
        }

        return Relu.Apply(x);
    }
}
