using IlgpuVq.Autograd;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Perceptual;

/// <summary>How different two images look to a network that knows images: LPIPS (arXiv:1801.03924, equation 1).</summary>
/// <remarks>
/// <para>Both images (B, C, H, W) in [−0.5, 0.5] are scaled to (2x − shift) / scale by channel, grey ones repeated to three
/// channels, and go through the convolutions of a <see cref="FeatureNetwork"/>. Of the features (B, Cₗ, Hₗ, Wₗ) of each of its
/// five slices, f̂ = f / √(Σ f² + 1e-20) over channels; the loss is Σₗ mean over images and pixels of
/// Σ_c linₗ[c]·(f̂ − f̂ₜ)².</para>
/// <para>Gradient: to the image alone; target and network have none. The root has its ε inside, so that a pixel without features
/// sends no NaN back.</para>
/// <para>A file holds the features under <c>net.slice1.0.weight</c>, …, as LPIPS has them, or under torchvision's
/// <c>features.0.weight</c>, …; the weights of channels under <c>lin0.model.1.weight</c> to <c>lin4.…</c>; and may hold
/// <c>scaling_layer.shift</c> and <c>scaling_layer.scale</c>, which are else those of ImageNet's colours. The channels are those
/// of the file: VGG-16's, or others.</para>
/// </remarks>
public sealed class PerceptualLoss : IDisposable
{
    private const float Tiny = 1e-20f;

    /// <summary>Mean and deviation of ImageNet's pixels in [−1, 1], as LPIPS has them.</summary>
    private static readonly float[] ImageNetShift = [-0.030f, -0.088f, -0.188f], ImageNetScale = [0.458f, 0.448f, 0.450f];

    private readonly FeatureNetwork network;
    private readonly Tensor<float>[] weights;
    private readonly Tensor<float> shift, scale;

    private PerceptualLoss(FeatureNetwork network, Tensor<float>[] weights, Tensor<float> shift, Tensor<float> scale) =>
        (this.network, this.weights, this.shift, this.scale) = (network, weights, shift, scale);

    /// <summary>Where it computes.</summary>
    public Device Device => shift.Device;

    /// <summary>Reads the network and all weights.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="file">The open file.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="StateDictionaryException">A tensor is missing or has another shape than its place asks for.</exception>
    /// <exception cref="SafetensorsException">The file cannot be read.</exception>
    public static PerceptualLoss Load(Device device, SafetensorsFile file, string path)
    {
        var network = FeatureNetwork.Load(device, file, path);
        var read = new List<Tensor<float>>();
        try
        {
            for (var slice = 0; slice < FeatureNetwork.Slices; slice++)
            {
                read.Add(NetworkFile.Read(device, file, path, $"lin{slice}.model.1.weight", [1, network.Channels[slice], 1, 1]));
            }

            read.Add(Colours(device, file, path, "scaling_layer.shift", ImageNetShift));
            read.Add(Colours(device, file, path, "scaling_layer.scale", ImageNetScale));
            return new PerceptualLoss(network, [.. read[..^2]], read[^2], read[^1]);
        }
        catch
        {
            network.Dispose();
            read.ForEach(tensor => tensor.Dispose());
            throw;
        }
    }

    /// <summary>The loss of x, a scalar on x's tape.</summary>
    /// <param name="x">Images (B, C, H, W) in [−0.5, 0.5], C 1 or 3, sides of <see cref="FeatureNetwork.LeastSide"/> or
    /// more.</param>
    /// <param name="target">What they should look like, of x's shape; a constant.</param>
    /// <exception cref="ShapeException">Other channels or shapes, or sides that are too small.</exception>
    public Variable Of(Variable x, Tensor<float> target)
    {
        CheckShapes(x.Shape, target.Shape);
        var tape = x.Tape;
        var own = network.Features(Scaled(x));
        var others = network.Features(Scaled(tape.Constant(target, "target")));
        var loss = Term(0);
        for (var slice = 1; slice < own.Length; slice++)
        {
            loss += Term(slice);
        }

        return loss;

        Variable Term(int slice)
        {
            var difference = Square.Apply(Directions(own[slice]) - Directions(others[slice]));
            var weighted = Conv2d.Apply(difference, tape.Constant(weights[slice], "lin"), bias: null, new Conv2dParams());
            return Mean.Apply(weighted);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        network.Dispose();
        Array.ForEach(weights, weight => weight.Dispose());
        shift.Dispose();
        scale.Dispose();
    }

    /// <summary>(B, 3, H, W), as the network is used to them.</summary>
    private Variable Scaled(Variable x)
    {
        var tape = x.Tape;
        return (x * 2 - tape.Constant(shift, "shift")) / tape.Constant(scale, "scale"); // one channel is repeated
    }

    private static Variable Directions(Variable features) =>
        features / Sqrt.Apply(Sum.Apply(Square.Apply(features), [1], keepDims: true) + Tiny);

    private static Tensor<float> Colours(Device device, SafetensorsFile file, string path, string key, float[] otherwise) =>
        file.Find(key) is null
            ? device.From<float>(otherwise, [1, otherwise.Length, 1, 1])
            : NetworkFile.Read(device, file, path, key, [1, otherwise.Length, 1, 1]);

    private static void CheckShapes(Shape x, Shape target)
    {
        const int least = FeatureNetwork.LeastSide;
        if (x is not [_, 1 or 3, >= least, >= least] || target != x)
        {
            throw new ShapeException(
                "perceptual", $"x (B, 1 or 3, H, W) with H and W of at least {least}, and a target of its shape", ("x", x),
                ("target", target));
        }
    }
}
