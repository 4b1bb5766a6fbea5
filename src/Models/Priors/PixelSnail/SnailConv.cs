using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>The convolutions of a <see cref="PixelSnail"/>: all have a <see cref="WeightNorm"/>, below <c>conv</c>, or
/// <c>conv.conv</c> where they are causal.</summary>
internal static class SnailConv
{
    /// <summary>Of single places.</summary>
    public static CausalConv2dLayer Pointwise(ModuleScope scope, int channels, int outChannels, bool hasBias = true) =>
        CausalConv2dLayer.Pointwise(scope.In("conv"), channels, outChannels, rule: WeightRule.Length, hasBias: hasBias);

    /// <summary>Of all places around: not causal, unless the kernel is 1.</summary>
    public static CausalConv2dLayer Around(ModuleScope scope, ConvShape shape) => new(
        scope.In("conv"), shape, own: new Pair(shape.Kernel.H / 2, shape.Kernel.W / 2), rule: WeightRule.Length);

    /// <summary>Of the rows above, and of the places to the left in the own row.</summary>
    public static CausalConv2dLayer Causal(ModuleScope scope, ConvShape shape)
    {
        var own = new Pair(shape.Kernel.H - 1, shape.Kernel.W / 2);
        return new CausalConv2dLayer(
            scope.In("conv").In("conv"), shape, own, tap => tap.H < own.H || tap.W < own.W, rule: WeightRule.Length);
    }

    /// <summary>Of all its taps, so that the place itself is this one, outside of the kernel; without bias.</summary>
    public static CausalConv2dLayer Outside(ModuleScope scope, ConvShape shape, Pair own) =>
        new(scope.In("conv").In("conv"), shape, own, rule: WeightRule.Length, hasBias: false);
}
