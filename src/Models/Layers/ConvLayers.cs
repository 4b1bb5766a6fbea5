using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Conv2dOp = IlgpuVq.Autograd.Conv2d;
using ConvTranspose2dOp = IlgpuVq.Autograd.ConvTranspose2d;

namespace IlgpuVq.Models.Layers;

/// <summary>Channels and kernel of a convolution layer.</summary>
public readonly record struct ConvShape(int In, int Out, Pair Kernel)
{
    public int KernelArea => Kernel.H * Kernel.W;
}

/// <summary>A 2-D convolution with its weight and bias; keys <c>weight</c> (Out, In/groups, KH, KW) and <c>bias</c> (Out).</summary>
public sealed class Conv2dLayer : Module
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Conv2dParams convolution;
    private readonly Activation activation;

    public Conv2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, Activation activation = Activation.None, bool hasBias = true)
        : base(scope)
    {
        (this.convolution, this.activation) = (convolution, activation);
        var channels = shape.In / convolution.Groups;
        var initializer = Initializers.FanIn(channels * shape.KernelArea);
        weight = AddParameter("weight", [shape.Out, channels, shape.Kernel.H, shape.Kernel.W], initializer);
        bias = hasBias ? AddParameter("bias", [shape.Out], initializer) : null;
    }

    /// <summary>activation(x * weight + bias + residual).</summary>
    public Variable Forward(Variable x, Variable? residual = null) =>
        Conv2dOp.Apply(x, x.Tape.Watch(weight), bias is null ? null : x.Tape.Watch(bias), convolution, activation, residual);
}

/// <summary>A transposed 2-D convolution with its weight and bias; keys <c>weight</c> (In, Out/groups, KH, KW) and <c>bias</c> (Out).</summary>
public sealed class ConvTranspose2dLayer : Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Conv2dParams convolution;
    private readonly Activation activation;

    public ConvTranspose2dLayer(ModuleScope scope, ConvShape shape, Conv2dParams convolution, Activation activation = Activation.None)
        : base(scope)
    {
        (this.convolution, this.activation) = (convolution, activation);
        var channels = shape.Out / convolution.Groups;
        var initializer = Initializers.FanIn(channels * shape.KernelArea);
        weight = AddParameter("weight", [shape.In, channels, shape.Kernel.H, shape.Kernel.W], initializer);
        bias = AddParameter("bias", [shape.Out], initializer);
    }

    public Variable Forward(Variable x) =>
        ConvTranspose2dOp.Apply(x, x.Tape.Watch(weight), x.Tape.Watch(bias), convolution, activation: activation);
}
