using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>(B, In, h, w) → (B, Out, h · 2ⁿ⁻¹, w · 2ⁿ⁻¹) by n levels of residual blocks, one more in each than the encoder has;
/// keys <c>conv_in</c>, <c>mid_block</c>, <c>up_blocks.i</c>, <c>conv_norm_out</c>, <c>conv_out</c>.</summary>
/// <remarks>Source: the decoder of VQGAN (arXiv:2012.09841) with the key names of diffusers, and the normalization of MoVQ
/// (arXiv:2209.09002) under <see cref="NormType.Spatial"/>.</remarks>
public sealed class ResnetDecoder : Layer
{
    private readonly Conv2dLayer convIn;
    private readonly MidBlock middle;
    private readonly List<ResnetLevel> levels = [];
    private readonly BlockNorm norm;

    internal ResnetDecoder(ModuleScope scope, (int In, int Out) channels, ResnetShape shape, NormType normType)
        : base(scope)
    {
        var (widths, same) = (shape.Widths, new Conv2dParams(Padding: 1));
        var norms = new NormShape(shape.Groups, normType == NormType.Spatial ? channels.In : null);
        convIn = AddChild(new Conv2dLayer(scope.In("conv_in"), new ConvShape(channels.In, widths[^1], Kernel: 3), same));
        middle = AddChild(new MidBlock(scope.In("mid_block"), widths[^1], norms, shape.HasMidAttention));
        for (var i = 0; i < widths.Length; i++)
        {
            var of = widths.Length - 1 - i; // of the encoder's levels
            var level = new LevelShape(
                (widths[Math.Min(of + 1, widths.Length - 1)], widths[of]), shape.Layers + 1, shape.HasAttention(of),
                of == 0 ? Resampling.None : Resampling.Double);
            levels.Add(AddChild(new ResnetLevel(scope.In($"up_blocks.{i}"), level, norms)));
        }

        norm = AddChild(new BlockNorm(scope.In("conv_norm_out"), widths[0], norms));
        Last = AddChild(new Conv2dLayer(scope.In("conv_out"), new ConvShape(widths[0], channels.Out, Kernel: 3), same));
    }

    /// <summary>Its last convolution, <c>conv_out</c>: where an adversarial loss is weighed against the others.</summary>
    public Conv2dLayer Last { get; }

    /// <summary>x (B, In, h, w) → (B, Out, H, W), numbers from −1 to 1; x itself is what spatial norms look at.</summary>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x, x, context);

    /// <inheritdoc cref="Forward(Variable, in StepContext)"/>
    /// <param name="x">The latent images that become images.</param>
    /// <param name="latent">Those that spatial norms look at, (B, In, h, w).</param>
    /// <param name="context">Of the pass.</param>
    public Variable Forward(Variable x, Variable latent, in StepContext context) => ForwardMixed(x, latent, null, context);

    /// <summary>The same, where a function may mix something into what enters each level and what leaves the last.</summary>
    internal Variable ForwardMixed(Variable x, Variable latent, Func<Variable, Variable>? mix, in StepContext context)
    {
        x = middle.Forward(convIn.Forward(x), latent, context);
        foreach (var level in levels)
        {
            x = level.Forward(mix?.Invoke(x) ?? x, latent, context);
        }

        return Last.Forward(context.Segment(mix?.Invoke(x) ?? x, latent, Finish));
    }

    private Variable Finish(Variable x, Variable latent, in StepContext context) =>
        Silu.Apply(norm.Forward(x, latent, context));
}
