using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>activation(norm(x * weight + bias)): a convolution, batch norm where there is one, and a function where there is
/// one.</summary>
internal sealed class NormedConv2d : Layer
{
    private readonly Conv2dLayer conv;
    private readonly BatchNormLayer? norm;
    private readonly HiddenActivation? activation;

    /// <param name="scope">Where the convolution's keys lie.</param>
    /// <param name="norm">Where those of the norm lie; null for none.</param>
    /// <param name="shape">Channels and kernel.</param>
    /// <param name="convolution">Stride and padding.</param>
    /// <param name="activation">The function; null for none.</param>
    /// <param name="hasBias">Whether the convolution has one.</param>
    public NormedConv2d(
        ModuleScope scope, ModuleScope? norm, ConvShape shape, Conv2dParams convolution, HiddenActivation? activation,
        bool hasBias = true)
        : base(scope)
    {
        this.activation = activation;
        var fused = norm is null && activation is { } function ? function.Fused() : Activation.None;
        conv = AddChild(new Conv2dLayer(scope, shape, convolution, fused, hasBias));
        this.norm = norm is null ? null : AddChild(new BatchNormLayer(norm, shape.Out));
    }

    /// <summary>x (B, In, H, W) → (B, Out, h, w).</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var y = conv.Forward(x);
        if (norm is null)
        {
            return activation?.Finish(y) ?? y;
        }

        y = norm.Forward(y, context);
        return activation?.Apply(y) ?? y;
    }
}
