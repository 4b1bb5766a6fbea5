using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders.Asymmetric;

/// <summary>Features of a masked image, of its own sides twice, then of half of them each time: c3, c3, then c(4,2,1), with a
/// ReLU between them; keys <c>layers.i</c>.</summary>
internal sealed class ConditionEncoder : Module
{
    private readonly List<Conv2dLayer> layers = [];

    /// <param name="scope">Where its layers lie.</param>
    /// <param name="channels">Of the image.</param>
    /// <param name="widths">Channels of the layers.</param>
    public ConditionEncoder(ModuleScope scope, int channels, IReadOnlyList<int> widths)
        : base(scope)
    {
        int[] all = [channels, .. widths];
        for (var i = 0; i < all.Length - 1; i++)
        {
            var (kernel, convolution) = i < 2
                ? (3, new Conv2dParams(Padding: 1))
                : (4, new Conv2dParams(Stride: 2, Padding: 1));
            layers.Add(AddChild(new Conv2dLayer(
                scope.In($"layers.{i}"), new ConvShape(all[i], all[i + 1], kernel), convolution)));
        }
    }

    /// <summary>Of images (B, C, H, W): what each layer makes, up to the resolution of a decoder of that many levels.</summary>
    public IReadOnlyList<Variable> Forward(Variable images, int levels)
    {
        List<Variable> features = [];
        foreach (var layer in layers.Take(levels + 1))
        {
            features.Add(layer.Forward(features.Count == 0 ? images : Relu.Apply(features[^1])));
        }

        return features;
    }
}
