using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>How a decoder normalizes.</summary>
public enum NormType
{
    /// <summary>Over groups of channels.</summary>
    [JsonStringEnumMemberName("group")]
    Group,

    /// <summary>The same, scaled and shifted by the latent image that is decoded, <see cref="SpatialNormLayer"/>.</summary>
    [JsonStringEnumMemberName("spatial")]
    Spatial,
}

/// <summary>What all normalizations of an encoder or decoder have in common.</summary>
/// <param name="Groups">Into how many the channels are divided.</param>
/// <param name="LatentChannels">Of the latent image that scales and shifts; null where none does.</param>
internal readonly record struct NormShape(int Groups, int? LatentChannels = null);

/// <summary>A normalization of images by groups of channels, and by a latent image where the shape says so.</summary>
internal sealed class BlockNorm : Module
{
    /// <summary>Of diffusers' blocks.</summary>
    private const float Epsilon = 1e-6f;

    private readonly GroupNormLayer? group;
    private readonly SpatialNormLayer? spatial;

    public BlockNorm(ModuleScope scope, int channels, NormShape shape)
        : base(scope)
    {
        if (shape.LatentChannels is { } latent)
        {
            spatial = AddChild(new SpatialNormLayer(scope, channels, latent, shape.Groups));
        }
        else
        {
            group = AddChild(new GroupNormLayer(scope, shape.Groups, channels, Epsilon));
        }
    }

    /// <summary>x (B, C, H, W) → the same.</summary>
    /// <param name="x">The images.</param>
    /// <param name="latent">The latent image; without meaning where none scales and shifts.</param>
    /// <param name="context">Of the pass.</param>
    public Variable Forward(Variable x, Variable latent, in StepContext context) =>
        spatial?.Forward(x, latent, context) ?? group!.Forward(x, context);
}
