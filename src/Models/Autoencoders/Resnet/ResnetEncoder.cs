using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>Sizes of an encoder or decoder of residual blocks.</summary>
/// <param name="Widths">Channels of each level, from the image's resolution down.</param>
/// <param name="Layers">Residual blocks of each level.</param>
/// <param name="Groups">Of each normalization.</param>
/// <param name="AttentionLevels">Levels whose residual blocks are each followed by attention, from 0.</param>
/// <param name="HasMidAttention">Whether there is attention at the lowest resolution.</param>
internal sealed record ResnetShape(
    ImmutableArray<int> Widths, int Layers, int Groups, ImmutableArray<int> AttentionLevels, bool HasMidAttention)
{
    /// <summary>Whether blocks of a level are followed by attention.</summary>
    public bool HasAttention(int level) => !AttentionLevels.IsDefault && AttentionLevels.Contains(level);
}

/// <summary>(B, In, H, W) → (B, Out, H / 2ⁿ⁻¹, W / 2ⁿ⁻¹) by n levels of residual blocks; keys <c>conv_in</c>,
/// <c>down_blocks.i</c>, <c>mid_block</c>, <c>conv_norm_out</c>, <c>conv_out</c>.</summary>
/// <remarks>Source: the encoder of VQGAN (arXiv:2012.09841) with the key names of diffusers. Halvings put zeros below and behind
/// alone.</remarks>
public sealed class ResnetEncoder : Layer
{
    private readonly Conv2dLayer convIn, convOut;
    private readonly List<ResnetLevel> levels = [];
    private readonly MidBlock middle;
    private readonly BlockNorm norm;

    internal ResnetEncoder(ModuleScope scope, (int In, int Out) channels, ResnetShape shape)
        : base(scope)
    {
        var (widths, same, groups) = (shape.Widths, new Conv2dParams(Padding: 1), new NormShape(shape.Groups));
        convIn = AddChild(new Conv2dLayer(scope.In("conv_in"), new ConvShape(channels.In, widths[0], Kernel: 3), same));
        for (var i = 0; i < widths.Length; i++)
        {
            var level = new LevelShape(
                (widths[Math.Max(i - 1, 0)], widths[i]), shape.Layers, shape.HasAttention(i),
                i == widths.Length - 1 ? Resampling.None : Resampling.Halve);
            levels.Add(AddChild(new ResnetLevel(scope.In($"down_blocks.{i}"), level, groups)));
        }

        middle = AddChild(new MidBlock(scope.In("mid_block"), widths[^1], groups, shape.HasMidAttention));
        norm = AddChild(new BlockNorm(scope.In("conv_norm_out"), widths[^1], groups));
        convOut = AddChild(new Conv2dLayer(scope.In("conv_out"), new ConvShape(widths[^1], channels.Out, Kernel: 3), same));
    }

    /// <summary>x (B, In, H, W), numbers from −1 to 1, → (B, Out, h, w).</summary>
    public override Variable Forward(Variable x, in StepContext context)
    {
        x = convIn.Forward(x);
        foreach (var level in levels)
        {
            x = level.Forward(x, latent: x, context);
        }

        x = middle.Forward(x, latent: x, context);
        return convOut.Forward(Silu.Apply(norm.Forward(x, latent: x, context)));
    }
}
