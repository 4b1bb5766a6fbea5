using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.VqVaes;

/// <summary>Residual blocks skip(x) + c1(relu(c3(relu(x)))) without biases, then a ReLU; keys <c>_layers.{i}._block.{1,3}</c>.</summary>
/// <remarks>What is rectified is rectified where it is made: with a rectified skip every block hands relu(x) to the next, so the stack wants
/// its input rectified already (<see cref="WantsRectified"/>); with a clean skip only the last block may.</remarks>
internal sealed class ResidualStack : Module
{
    private readonly bool isClean;
    private readonly (Conv2dLayer Wide, Conv2dLayer Narrow)[] blocks;

    public ResidualStack(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        isClean = options.Skip == ResidualSkip.Clean;
        blocks = new (Conv2dLayer, Conv2dLayer)[options.ResidualLayers];
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = scope.In("_layers").In($"{i}").In("_block");
            var last = i == blocks.Length - 1;
            blocks[i] = (
                AddChild(new Conv2dLayer(block.In("1"), new ConvShape(options.Hidden, options.ResidualHidden, Kernel: 3),
                    new Conv2dParams(Padding: 1), Activation.Relu, hasBias: false)),
                AddChild(new Conv2dLayer(block.In("3"), new ConvShape(options.ResidualHidden, options.Hidden, Kernel: 1),
                    new Conv2dParams(), last || !isClean ? Activation.Relu : Activation.None, hasBias: false)));
        }
    }

    /// <summary>What the layer before must do to its output: rectify it, unless a clean skip carries it on.</summary>
    public static Activation WantsRectified(VqVaeOptions options) =>
        options.Skip == ResidualSkip.Clean && options.ResidualLayers > 0 ? Activation.None : Activation.Relu;

    public Variable Forward(Variable x)
    {
        foreach (var (wide, narrow) in blocks)
        {
            x = narrow.Forward(wide.Forward(isClean ? Relu.Apply(x) : x), residual: x);
        }

        return x;
    }
}
