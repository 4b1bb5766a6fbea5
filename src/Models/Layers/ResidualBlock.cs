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
public readonly record struct ResidualShape(
    int Channels, int Hidden, bool HasBias = true, ResidualSkip Skip = ResidualSkip.Clean, float Dropout = 0);

/// <summary>A residual block skip(x) + c1(dropout(relu(c3(relu(x))))); keys <c>1</c> and <c>3</c> below its scope.</summary>
public sealed class ResidualBlock : Layer
{
    private readonly ResidualSkip skip;
    private readonly Conv2dLayer wide, narrow;
    private readonly DropoutLayer dropout;

    /// <param name="scope">Where its convolutions lie.</param>
    /// <param name="shape">Sizes and skip.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    public ResidualBlock(ModuleScope scope, ResidualShape shape, Activation activation = Activation.None)
        : base(scope)
    {
        skip = shape.Skip;
        wide = AddChild(new Conv2dLayer(
            scope.In("1"), new ConvShape(shape.Channels, shape.Hidden, Kernel: 3), new Conv2dParams(Padding: 1),
            Activation.Relu, shape.HasBias));
        dropout = AddChild(new DropoutLayer(scope, shape.Dropout));
        narrow = AddChild(new Conv2dLayer(
            scope.In("3"), new ConvShape(shape.Hidden, shape.Channels, Kernel: 1), new Conv2dParams(),
            activation, shape.HasBias));
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var rectified = Relu.Apply(x);
        var inner = dropout.Forward(wide.Forward(rectified), context);
        return narrow.Forward(inner, residual: skip == ResidualSkip.Rectified ? rectified : x);
    }
}

/// <summary>Residual blocks, one after the other, then a ReLU.</summary>
public sealed class ResidualStack : Layer
{
    private readonly List<ResidualBlock> blocks = [];

    /// <param name="scope">Of the device.</param>
    /// <param name="count">How many blocks.</param>
    /// <param name="place">Where the convolutions of each lie.</param>
    /// <param name="shape">Sizes and skip.</param>
    public ResidualStack(ModuleScope scope, int count, Func<int, ModuleScope> place, ResidualShape shape)
        : base(scope)
    {
        for (var i = 0; i < count; i++)
        {
            blocks.Add(AddChild(new ResidualBlock(place(i), shape, i == count - 1 ? Activation.Relu : Activation.None)));
        }
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        foreach (var block in blocks)
        {
            x = block.Forward(x, context);
        }

        return blocks.Count == 0 ? Relu.Apply(x) : x;
    }
}
