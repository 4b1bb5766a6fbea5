using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>What the skip of a residual block carries.</summary>
public enum ResidualSkip
{
    /// <summary>relu(x): what the in-place ReLU of the widely used PyTorch notebook makes of it.</summary>
    [JsonStringEnumMemberName("rectified")]
    Rectified,

    /// <summary>x itself, as in DeepMind's code.</summary>
    [JsonStringEnumMemberName("clean")]
    Clean,
}

/// <summary>What all residual blocks of a stack have in common.</summary>
/// <param name="Channels">Of input and output.</param>
/// <param name="Hidden">Channels inside.</param>
/// <param name="HasBias">Whether the convolutions have one.</param>
/// <param name="Skip">What is added.</param>
/// <param name="Dropout">Probability that training sets one of the numbers inside to 0.</param>
/// <param name="Activation">The function inside; a rectified skip goes with ReLU alone.</param>
/// <param name="UseNorm">Whether they are <see cref="NormedResidualBlock"/>s, whose skip is clean.</param>
public readonly record struct ResidualShape(
    int Channels, int Hidden, bool HasBias = true, ResidualSkip Skip = ResidualSkip.Clean, float Dropout = 0,
    HiddenActivation Activation = HiddenActivation.Relu, bool UseNorm = false);

/// <summary>A residual block skip(x) + c1(dropout(f(c3(f(x))))) with f ReLU or GELU; keys <c>1</c> and <c>3</c> below its
/// scope.</summary>
public sealed class ResidualBlock : Layer
{
    private readonly ResidualShape shape;
    private readonly Conv2dLayer wide, narrow;
    private readonly DropoutLayer dropout;

    /// <param name="scope">Where its convolutions lie.</param>
    /// <param name="shape">Sizes and skip.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    public ResidualBlock(ModuleScope scope, ResidualShape shape, Activation activation = Activation.None)
        : base(scope)
    {
        this.shape = shape;
        wide = AddChild(new Conv2dLayer(
            scope.In("1"), new ConvShape(shape.Channels, shape.Hidden, Kernel: 3), new Conv2dParams(Padding: 1),
            shape.Activation.Fused(), shape.HasBias));
        dropout = AddChild(new DropoutLayer(scope, shape.Dropout));
        narrow = AddChild(new Conv2dLayer(
            scope.In("3"), new ConvShape(shape.Hidden, shape.Channels, Kernel: 1), new Conv2dParams(),
            activation, shape.HasBias));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var active = shape.Activation.Apply(x);
        var inner = dropout.Forward(shape.Activation.Finish(wide.Forward(active)), context);
        return narrow.Forward(inner, residual: shape.Skip == ResidualSkip.Rectified ? active : x);
    }
}

/// <summary>A residual block with batch norm, x + f(n(c1(dropout(f(n(c3(x))))))) with f ReLU or GELU and n the norms; keys
/// <c>0</c>, <c>1</c>, <c>3</c> and <c>4</c> below its scope.</summary>
public sealed class NormedResidualBlock : Layer
{
    private readonly NormedConv2d wide, narrow;
    private readonly DropoutLayer dropout;

    /// <param name="scope">Where its convolutions and norms lie.</param>
    /// <param name="shape">Sizes.</param>
    public NormedResidualBlock(ModuleScope scope, ResidualShape shape)
        : base(scope)
    {
        wide = AddChild(new NormedConv2d(
            scope.In("0"), scope.In("1"), new ConvShape(shape.Channels, shape.Hidden, Kernel: 3), new Conv2dParams(Padding: 1),
            shape.Activation, shape.HasBias));
        dropout = AddChild(new DropoutLayer(scope, shape.Dropout));
        narrow = AddChild(new NormedConv2d(
            scope.In("3"), scope.In("4"), new ConvShape(shape.Hidden, shape.Channels, Kernel: 1), new Conv2dParams(),
            shape.Activation, shape.HasBias));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context) =>
        x + narrow.Forward(dropout.Forward(wide.Forward(x, context), context), context);
}

/// <summary>Residual blocks, one after the other, then ReLU or GELU; where a pass recomputes, they are cut as a
/// <see cref="LayerChain"/>.</summary>
public sealed class ResidualStack : Layer
{
    private readonly List<Layer> blocks = [];
    private readonly HiddenActivation activation;
    private readonly bool isActivated;

    /// <param name="scope">Of the device.</param>
    /// <param name="count">How many blocks.</param>
    /// <param name="place">Where the convolutions of each lie.</param>
    /// <param name="shape">Sizes and skip.</param>
    public ResidualStack(ModuleScope scope, int count, Func<int, ModuleScope> place, ResidualShape shape)
        : base(scope)
    {
        // The last convolution rectifies in its own pass.
        var last = shape.UseNorm ? Activation.None : shape.Activation.Fused();
        (activation, isActivated) = (shape.Activation, count > 0 && last != Activation.None);
        for (var i = 0; i < count; i++)
        {
            blocks.Add(AddChild<Layer>(shape.UseNorm
                ? new NormedResidualBlock(place(i), shape)
                : new ResidualBlock(place(i), shape, i == count - 1 ? last : Activation.None)));
        }
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        x = LayerChain.Forward(blocks, x, context);
        return isActivated ? x : activation.Apply(x);
    }
}
