using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>A 2-D convolution with its weight and bias; keys <c>weight</c> (Out, In/groups, KH, KW) and <c>bias</c>
/// (Out).</summary>
public sealed class Conv2dLayer : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Conv2dParams convolution;
    private readonly Activation activation;

    public Conv2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, Activation activation = Activation.None,
        bool hasBias = true)
        : base(scope)
    {
        (this.convolution, this.activation) = (convolution, activation);
        var channels = shape.In / convolution.Groups;
        var initial = LinearInitializers.Of(
            scope.Initialization, fanIn: channels * shape.KernelArea, fanOut: shape.Out * shape.KernelArea);
        weight = AddParameter("weight", [shape.Out, channels, shape.Kernel.H, shape.Kernel.W], initial.Weight);
        bias = hasBias ? AddParameter("bias", [shape.Out], initial.Bias) : null;
    }

    /// <summary>activation(x * weight + bias).</summary>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x);

    /// <summary>activation(x * weight + bias + residual).</summary>
    public Variable Forward(Variable x, Variable? residual = null) =>
        Conv2d.Apply(x, x.Tape.Watch(weight), bias is null ? null : x.Tape.Watch(bias), convolution, activation, residual);
}
