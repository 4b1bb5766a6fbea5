using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>A transposed 2-D convolution with its weight and bias; keys <c>weight</c> (In, Out/groups, KH, KW) and <c>bias</c>
/// (Out).</summary>
public sealed class ConvTranspose2dLayer : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Conv2dParams convolution;
    private readonly Pair outputPadding;
    private readonly Activation activation;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Channels and kernel.</param>
    /// <param name="convolution">Of which this one is the adjoint.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    /// <param name="hasBias">Whether there is one.</param>
    /// <param name="outputPadding">Rows and columns that the result has more, below and behind.</param>
    public ConvTranspose2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, Activation activation = Activation.None,
        bool hasBias = true, Pair outputPadding = default)
        : base(scope)
    {
        (this.convolution, this.outputPadding, this.activation) = (convolution, outputPadding, activation);
        var channels = shape.Out / convolution.Groups;
        var initial = LinearInitializers.OfTransposed(
            scope.Initialization, fanIn: shape.In / convolution.Groups * shape.KernelArea, fanOut: channels * shape.KernelArea);
        weight = AddParameter("weight", [shape.In, channels, shape.Kernel.H, shape.Kernel.W], initial.Weight);
        bias = hasBias ? AddParameter("bias", [shape.Out], initial.Bias) : null;
    }

    /// <summary>activation(the transposed convolution of x + bias).</summary>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x);

    /// <inheritdoc cref="Forward(Variable, in StepContext)"/>
    public Variable Forward(Variable x) => ConvTranspose2d.Apply(
        x, x.Tape.Watch(weight), bias is null ? null : x.Tape.Watch(bias), convolution, outputPadding, activation);
}
