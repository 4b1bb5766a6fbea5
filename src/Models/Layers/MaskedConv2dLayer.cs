using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Which taps of a kernel a <see cref="MaskedConv2dLayer"/> keeps: those of pixels that come before its own, row by
/// row.</summary>
public enum ConvMask
{
    /// <summary>Without the pixel itself: for the first layer, whose input is what is predicted.</summary>
    A,

    /// <summary>With the pixel itself: for the layers above.</summary>
    B,
}

/// <summary>A 2-D convolution that sees some taps of its kernel only, <c>y = activation(x * (weight · mask) +
/// bias)</c>.</summary>
/// <remarks>
/// <para>Keys <c>weight</c> (Out, In/groups, KH, KW) and <c>bias</c> (Out), as of <see cref="Conv2dLayer"/>; the mask is no
/// state.</para>
/// <para>The weight is multiplied by the mask before each use, so what a masked tap holds does not matter and its gradient is
/// 0.</para>
/// <para>The initial distributions are those of the unmasked layer. Source: arXiv:1601.06759, section 3.4.</para>
/// </remarks>
public sealed class MaskedConv2dLayer : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Tensor<float> mask;
    private readonly Conv2dParams convolution;
    private readonly Activation activation;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Channels and kernel; the kernel's own pixel is tap (KH/2, KW/2).</param>
    /// <param name="convolution">Stride, padding, dilation and groups.</param>
    /// <param name="mask">What it sees.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    /// <param name="hasBias">Whether there is one.</param>
    public MaskedConv2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, ConvMask mask, Activation activation = Activation.None,
        bool hasBias = true)
        : this(scope, shape, convolution, tap => Sees(mask, tap, shape.Kernel), activation, hasBias)
    {
    }

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Channels and kernel.</param>
    /// <param name="convolution">Stride, padding, dilation and groups.</param>
    /// <param name="sees">Whether it sees the tap of a row and column of the kernel.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    /// <param name="hasBias">Whether there is one.</param>
    public MaskedConv2dLayer(
        ModuleScope scope, ConvShape shape, Conv2dParams convolution, Func<Pair, bool> sees,
        Activation activation = Activation.None, bool hasBias = true)
        : base(scope)
    {
        (this.convolution, this.activation) = (convolution, activation);
        var (channels, kernel) = (shape.In / convolution.Groups, shape.Kernel);
        var initial = LinearInitializers.Of(
            scope.Initialization, fanIn: channels * shape.KernelArea, fanOut: shape.Out * shape.KernelArea);
        weight = AddParameter("weight", [shape.Out, channels, kernel.H, kernel.W], initial.Weight);
        bias = hasBias ? AddParameter("bias", [shape.Out], initial.Bias) : null;
        var taps = Enumerable.Range(0, shape.KernelArea).Select(i => new Pair(i / kernel.W, i % kernel.W));
        mask = AddConstant(scope.Device.From<float>([.. taps.Select(tap => sees(tap) ? 1f : 0f)], [1, 1, kernel.H, kernel.W]));
    }

    public override Variable Forward(Variable x, in StepContext context)
    {
        var tape = x.Tape;
        var seen = Multiply.Apply(tape.Watch(weight), tape.Constant(mask, "mask"));
        return Conv2d.Apply(x, seen, bias is null ? null : tape.Watch(bias), convolution, activation);
    }

    private static bool Sees(ConvMask mask, Pair tap, Pair kernel)
    {
        var (place, own) = (tap.H * kernel.W + tap.W, kernel.H / 2 * kernel.W + kernel.W / 2);
        return place < own || (place == own && mask == ConvMask.B);
    }
}
