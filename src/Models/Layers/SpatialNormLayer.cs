using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Group normalization whose scale and shift are those that each pixel's latent vector asks for,
/// <c>y = norm(x) · scale(z) + shift(z)</c>.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W), z (B, D, h, w) → y as x. scale and shift are 1×1 convolutions of z, enlarged to H by W by
/// repeating pixels: the same as of the enlarged z, and cheaper.</para>
/// <para>Keys <c>norm_layer</c>, <c>conv_y</c> (the scale) and <c>conv_b</c> (the shift), as in diffusers.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="GroupNorm"/>, <see cref="Conv2d"/> and <see cref="NearestResize"/>,
/// of which it is made.</para>
/// <para>Source: MoVQ, arXiv:2209.09002, section 3.2.</para>
/// </remarks>
public sealed class SpatialNormLayer : Module
{
    private const float Epsilon = 1e-6f;

    private readonly GroupNormLayer norm;
    private readonly Conv2dLayer scale, shift;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="channels">C.</param>
    /// <param name="latentChannels">D.</param>
    /// <param name="groups">Into how many the channels are divided.</param>
    public SpatialNormLayer(ModuleScope scope, int channels, int latentChannels, int groups)
        : base(scope)
    {
        norm = AddChild(new GroupNormLayer(scope.In("norm_layer"), groups, channels, Epsilon));
        var pixelwise = new ConvShape(latentChannels, channels, Kernel: 1);
        scale = AddChild(new Conv2dLayer(scope.In("conv_y"), pixelwise, new Conv2dParams()));
        shift = AddChild(new Conv2dLayer(scope.In("conv_b"), pixelwise, new Conv2dParams()));
    }

    /// <summary>Normalizes x (B, C, H, W) by z (B, D, h, w).</summary>
    /// <exception cref="ShapeException">The channels are not C and D, or the batches differ.</exception>
    public Variable Forward(Variable x, Variable z, in StepContext context)
    {
        if (x.Shape is not [var b, _, var h, var w] || z.Shape.Rank != 4 || z.Shape[0] != b)
        {
            throw new ShapeException("spatial-norm", "x (B, C, H, W) and z (B, D, h, w)", ("x", x.Shape), ("z", z.Shape));
        }

        return norm.Forward(x, context) * NearestResize.Apply(scale.Forward(z), h, w)
            + NearestResize.Apply(shift.Forward(z), h, w);
    }
}
