using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Resnet;

/// <summary>What becomes of the sides of an image behind a level's blocks.</summary>
internal enum Resampling
{
    None,

    /// <summary>Halved by a 3×3 convolution of stride 2, with zeros below and behind alone.</summary>
    Halve,

    /// <summary>Doubled by repeating pixels, then a 3×3 convolution.</summary>
    Double,
}

/// <summary>What a level is made of.</summary>
/// <param name="Channels">Before and behind its blocks.</param>
/// <param name="Layers">Residual blocks.</param>
/// <param name="HasAttention">Whether attention follows each.</param>
/// <param name="Resampling">What follows them all.</param>
internal readonly record struct LevelShape((int In, int Out) Channels, int Layers, bool HasAttention, Resampling Resampling);

/// <summary>Residual blocks of one resolution, and the way to the next, each a segment where a pass recomputes; keys
/// <c>resnets.i</c>, <c>attentions.i</c>, and <c>downsamplers.0.conv</c> or <c>upsamplers.0.conv</c>.</summary>
internal sealed class ResnetLevel : Module
{
    private readonly List<ResnetBlock> blocks = [];
    private readonly List<AttentionBlock> attentions = [];
    private readonly Resampling resampling;
    private readonly Conv2dLayer? resample;

    public ResnetLevel(ModuleScope scope, LevelShape shape, NormShape norm)
        : base(scope)
    {
        var width = shape.Channels.Out;
        for (var i = 0; i < shape.Layers; i++)
        {
            blocks.Add(AddChild(new ResnetBlock(
                scope.In($"resnets.{i}"), (i == 0 ? shape.Channels.In : width, width), norm)));
            if (shape.HasAttention)
            {
                attentions.Add(AddChild(new AttentionBlock(scope.In($"attentions.{i}"), width, norm)));
            }
        }

        resampling = shape.Resampling;
        resample = resampling switch
        {
            Resampling.Halve => Resample(
                "downsamplers.0.conv", new Conv2dParams(Stride: 2, Padding: new Padding(Top: 0, Bottom: 1, Left: 0, Right: 1))),
            Resampling.Double => Resample("upsamplers.0.conv", new Conv2dParams(Padding: 1)),
            _ => null,
        };

        Conv2dLayer Resample(string key, Conv2dParams convolution) =>
            AddChild(new Conv2dLayer(scope.In(key), new ConvShape(width, width, Kernel: 3), convolution));
    }

    /// <summary>x (B, In, H, W) → (B, Out, H, W), or half or twice the sides.</summary>
    public Variable Forward(Variable x, Variable latent, in StepContext context)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            x = context.Segment(x, latent, blocks[i].Forward);
            x = attentions.Count == 0 ? x : context.Segment(x, latent, attentions[i].Forward);
        }

        return resampling == Resampling.Double ? context.Segment(x, Double) : resample?.Forward(x) ?? x;
    }

    private Variable Double(Variable x, in StepContext context) =>
        resample!.Forward(NearestResize.Apply(x, 2 * x.Shape[2], 2 * x.Shape[3]));
}
