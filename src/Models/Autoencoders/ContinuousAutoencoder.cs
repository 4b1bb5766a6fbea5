using System.Diagnostics;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>A model that turns images (B, C, H, W) in [−0.5, 0.5] into latent images of real numbers (B, D, h, w) and those back
/// into images: it has no codes.</summary>
/// <param name="scope">Where its keys lie.</param>
/// <param name="options">What it is made of.</param>
public abstract class ContinuousAutoencoder(ModuleScope scope, AutoencoderOptions options) : Autoencoder(scope, options)
{
    /// <summary>What files call latent images.</summary>
    protected const string LatentName = "latents";

    public sealed override IReadOnlyList<ImageQuantizer> Quantizers => [];

    public sealed override IReadOnlyList<CodeLayout> Layouts(int height, int width) => [];

    /// <summary>How the latent numbers of an image of that size lie.</summary>
    public virtual LatentLayout LatentLayout(int height, int width) =>
        new(LatentName, LatentChannels, height / Options.Downsampling, width / Options.Downsampling);

    /// <summary>The latent images of x (B, C, H, W): the mode where they have a distribution; the caller's to dispose.</summary>
    /// <exception cref="ShapeException">Wrong channels, or a side that the strides do not divide.</exception>
    public Tensor<float> EncodeLatents(Tensor<float> x)
    {
        using var tape = new Tape(Device, recording: false);
        return Latents(tape.Constant(x), StepContext.Inference)[0].Value.Share();
    }

    /// <summary>Images (B, C, H, W) of latent images (B, D, h, w); the caller's to dispose.</summary>
    /// <exception cref="ShapeException">They are not those of this model.</exception>
    public Tensor<float> DecodeLatents(Tensor<float> latents)
    {
        var layout = LatentLayout(Options.Downsampling, Options.Downsampling);
        if (latents.Shape is not [_, var d, > 0, > 0] || d != layout.Channels)
        {
            throw new ShapeException(
                Options.Family, $"latent images (B, {layout.Channels}, h, w)", ("latents", latents.Shape));
        }

        using var tape = new Tape(Device, recording: false);
        return Images([tape.Constant(latents, LatentName)], StepContext.Inference).Value.Share();
    }

    /// <summary>Channels of the latent images, D.</summary>
    protected abstract int LatentChannels { get; }

    protected sealed override IReadOnlyList<CodeGrid> FindCodes(Variable x) => throw new UnreachableException();

    protected sealed override IReadOnlyList<Tensor<float>> FindVectors(IReadOnlyList<CodeGrid> codes) =>
        throw new UnreachableException();
}
