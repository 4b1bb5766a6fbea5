using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>A 2-D convolution whose weight (Out, In/groups, KH, KW) is a <see cref="NormalizedWeight"/>; keys of that and
/// <c>bias</c> (Out).</summary>
public sealed class NormalizedConv2dLayer : Layer
{
    private readonly Parameter? bias;
    private readonly NormalizedWeight weight;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Channels and kernel.</param>
    /// <param name="convolution">Stride, padding, dilation and groups.</param>
    /// <param name="rule">How the weight is computed.</param>
    /// <param name="hasBias">Whether there is one.</param>
    public NormalizedConv2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, WeightRule rule, bool hasBias = true)
        : base(scope)
    {
        Convolution = convolution;
        var channels = shape.In / convolution.Groups;
        var initial = LinearInitializers.Of(
            scope.Initialization, fanIn: channels * shape.KernelArea, fanOut: shape.Out / convolution.Groups * shape.KernelArea);
        weight = AddChild(NormalizedWeight.Of(
            scope, [shape.Out, channels, shape.Kernel.H, shape.Kernel.W], initial.Weight, rule));
        bias = hasBias ? AddParameter("bias", [shape.Out], initial.Bias) : null;
    }

    /// <summary>Stride, padding, dilation and groups.</summary>
    public Conv2dParams Convolution { get; }

    /// <summary>x * weight + bias; in training after a step of <see cref="NormalizedWeight.Advance"/>.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        if (context.Learns)
        {
            Advance();
        }

        var (own, ownBias) = On(x.Tape);
        return Conv2d.Apply(x, own, ownBias, Convolution);
    }

    /// <inheritdoc cref="NormalizedWeight.Advance"/>
    public void Advance() => weight.Advance();

    /// <summary>Weight and bias as variables of a tape, for passes that use them more than once.</summary>
    public (Variable Weight, Variable? Bias) On(Tape tape) => (weight.On(tape), bias is null ? null : tape.Watch(bias));
}
