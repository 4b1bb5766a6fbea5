using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>A convolution, residual blocks, ReLU, transposed convolutions; keys <c>blocks.{i}</c> of the sequence that
/// they and their ReLUs are.</summary>
public sealed class LevelDecoder : Layer
{
    private readonly Conv2dLayer first;
    private readonly ResidualStack residuals;
    private readonly List<ConvTranspose2dLayer> doublings = [];

    /// <param name="scope">Where its sequence lies.</param>
    /// <param name="channels">Of input and output.</param>
    /// <param name="count">How often the sides are doubled: once or twice.</param>
    /// <param name="options">Sizes.</param>
    internal LevelDecoder(ModuleScope scope, (int In, int Out) channels, int count, VqVae2Options options)
        : base(scope)
    {
        var blocks = scope.In("blocks");
        var (half, full) = (options.Hidden / 2, options.Hidden);
        first = AddChild(new Conv2dLayer(
            blocks.In("0"), new ConvShape(channels.In, full, Kernel: 3), new Conv2dParams(Padding: 1)));
        residuals = AddChild(new ResidualStack(
            scope, options.ResidualLayers, i => blocks.In($"{1 + i}").In("conv"), options.ResidualShape));

        var place = options.ResidualLayers + 2;
        for (var i = 0; i < count; i++, place += 2)
        {
            var isLast = i == count - 1;
            doublings.Add(AddChild(new ConvTranspose2dLayer(
                blocks.In($"{place}"), new ConvShape(i == 0 ? full : half, isLast ? channels.Out : half, Kernel: 4),
                new Conv2dParams(Stride: 2, Padding: 1), isLast ? Activation.None : Activation.Relu)));
        }
    }

    /// <summary>(B, In, h, w) → (B, Out, 2h or 4h, 2w or 4w).</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        context.Segment(residuals.Forward(first.Forward(x), context), Enlarge);

    private Variable Enlarge(Variable x, in StepContext context)
    {
        foreach (var doubling in doublings)
        {
            x = doubling.Forward(x);
        }

        return x;
    }
}
