using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Paella;

/// <summary>x + γ₂ · depthwise(γ-affine(norm(x))), then the same with a map of the channels in place of the convolution; keys
/// <c>depthwise.1</c>, <c>channelwise.0</c>, <c>channelwise.2</c>, <c>gammas</c> (6).</summary>
/// <remarks>
/// <para>norm is a layer norm of each pixel without weights, γ-affine(y) = y · (1 + γ₀) + γ₁, and with γ₃ and γ₄ the second time,
/// whose sum is weighed by γ₅. The convolution is 3×3, each channel alone, of the image with its border repeated; the map is
/// linear, GELU, linear, over four times the channels.</para>
/// <para>γ start at 0: a block begins as what passes x on.</para>
/// </remarks>
internal sealed class MixingBlock : Layer
{
    private const float Epsilon = 1e-6f;

    private readonly Conv2dLayer depthwise;
    private readonly LinearLayer widen, narrow;
    private readonly Parameter gammas;

    public MixingBlock(ModuleScope scope, int channels)
        : base(scope)
    {
        depthwise = AddChild(new Conv2dLayer(
            scope.In("depthwise.1"), new ConvShape(channels, channels, Kernel: 3), new Conv2dParams(Groups: channels)));
        widen = AddChild(new LinearLayer(scope.In("channelwise.0"), (channels, 4 * channels)));
        narrow = AddChild(new LinearLayer(scope.In("channelwise.2"), (4 * channels, channels)));
        gammas = AddParameter("gammas", [6], Initializers.Zero);
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var weights = x.Tape.Watch(gammas);
        var rows = Modulate(Permute.Apply(x, 0, 2, 3, 1), 0); // (B, H, W, C)
        var padded = Pad.Apply(
            Permute.Apply(rows, 0, 3, 1, 2), before: [0, 0, 1, 1], after: [0, 0, 1, 1], mode: PadMode.Replicate);
        x += depthwise.Forward(padded) * Gamma(2);
        rows = Modulate(Permute.Apply(x, 0, 2, 3, 1), 3);
        var mixed = narrow.Forward(Gelu.Apply(widen.Forward(rows)));
        return x + Permute.Apply(mixed, 0, 3, 1, 2) * Gamma(5);

        Variable Gamma(int i) => Slice.Apply(weights, axis: 0, start: i, length: 1); // (1)

        Variable Modulate(Variable y, int first) =>
            LayerNorm.Apply(y, weight: null, bias: null, Epsilon) * (Gamma(first) + 1) + Gamma(first + 1);
    }
}
