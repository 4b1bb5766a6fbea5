using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>Strided convolutions, one more, residual blocks, ReLU; keys <c>blocks.{i}</c> of the sequence that
/// they and their ReLUs are.</summary>
public sealed class LevelEncoder : Layer
{
    private readonly List<Conv2dLayer> convolutions = [];
    private readonly ResidualStack residuals;

    /// <param name="scope">Where its sequence lies.</param>
    /// <param name="channels">Of the input.</param>
    /// <param name="halvings">How often the sides are halved: once or twice.</param>
    /// <param name="options">Sizes.</param>
    internal LevelEncoder(ModuleScope scope, int channels, int halvings, VqVae2Options options)
        : base(scope)
    {
        var blocks = scope.In("blocks");
        var (half, full) = (options.Hidden / 2, options.Hidden);
        var halving = new Conv2dParams(Stride: 2, Padding: 1);
        var place = 0;
        for (var i = 0; i < halvings; i++, place += 2)
        {
            Add(new ConvShape(i == 0 ? channels : half, i == 0 ? half : full, Kernel: 4), halving, Activation.Relu);
        }

        Add(new ConvShape(halvings == 1 ? half : full, full, Kernel: 3), new Conv2dParams(Padding: 1), Activation.None);
        residuals = AddChild(new ResidualStack(
            scope, options.ResidualLayers, i => blocks.In($"{place + 1 + i}").In("conv"), options.ResidualShape));

        void Add(ConvShape shape, Conv2dParams convolution, Activation activation) =>
            convolutions.Add(AddChild(new Conv2dLayer(blocks.In($"{place}"), shape, convolution, activation)));
    }

    /// <summary>(B, C, H, W) → (B, Hidden, H / 2 or 4, W / 2 or 4).</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        residuals.Forward(context.Segment(x, Reduce), context);

    private Variable Reduce(Variable x, in StepContext context)
    {
        foreach (var convolution in convolutions)
        {
            x = convolution.Forward(x);
        }

        return x;
    }
}
