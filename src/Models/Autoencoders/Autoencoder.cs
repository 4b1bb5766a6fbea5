using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>What an autoencoder makes of a batch of images.</summary>
/// <param name="Reconstruction">The images that the decoder made of the codes; belongs to the tape.</param>
/// <param name="Loss">The model's own part of the loss, a scalar: that of its quantizers, or of its posterior; null for
/// none.</param>
/// <param name="Codes">The grids of indices of all quantizers; the caller's to dispose.</param>
public sealed record AutoencoderOutput(Variable Reconstruction, Variable? Loss, IReadOnlyList<CodeGrid> Codes) : IDisposable
{
    /// <summary>What else a log tells of the pass, the scalars of <see cref="Autoencoder.Figures"/>; kept by the tape.</summary>
    public IReadOnlyList<(string Name, Variable Value)> Figures { get; init; } = [];

    public void Dispose()
    {
        foreach (var grid in Codes)
        {
            grid.Dispose();
        }
    }
}

/// <summary>A model that turns images (B, C, H, W) in [−0.5, 0.5] into grids of indices and those back into images; one without
/// a quantizer is a <see cref="ContinuousAutoencoder"/>.</summary>
/// <param name="scope">Where its keys lie.</param>
/// <param name="options">What it is made of.</param>
public abstract class Autoencoder(ModuleScope scope, AutoencoderOptions options) : Module(scope)
{
    /// <summary>What it is made of.</summary>
    public AutoencoderOptions Options { get; } = options;

    /// <summary>How many pixels lie at the most between a place and what its codes depend on, or what depends on its codes; null
    /// where that may be anywhere. With so much around them, parts of an image have the codes and pixels of the whole.</summary>
    public virtual int? Reach => null;

    /// <summary>What turns latent images into codes, each its own, in the order of <see cref="Latents"/>; none in a model without
    /// codes, which has latent images once.</summary>
    public abstract IReadOnlyList<ImageQuantizer> Quantizers { get; }

    /// <summary>Names of the figures that a pass gives besides its loss, in their order.</summary>
    public virtual IReadOnlyList<string> Figures => [];

    /// <summary>Encodes, quantizes and decodes x (B, C, H, W).</summary>
    /// <exception cref="ShapeException">Wrong channels, or a side that the strides do not divide.</exception>
    public AutoencoderOutput Forward(Variable x, in StepContext context)
    {
        CheckImages(x.Shape);
        return Reconstruct(x, context);
    }

    /// <summary>The latent images z of x (B, C, H, W) before they are quantized: (B, D, h, w) for each quantizer, in the order of
    /// <see cref="Layouts"/>.</summary>
    /// <remarks>Where the latent images of one grid depend on the codes of another, that one is quantized, as in
    /// <see cref="Forward"/>; in training its codebook then learns.</remarks>
    /// <exception cref="ShapeException">Wrong channels, or a side that the strides do not divide.</exception>
    public IReadOnlyList<Variable> Latents(Variable x, in StepContext context)
    {
        CheckImages(x.Shape);
        return FindLatents(x, context);
    }

    /// <summary>Latent images as their quantizers choose them, those of <see cref="Latents"/> or mixtures of such; of a model
    /// without codes, the same.</summary>
    /// <exception cref="ShapeException">There are fewer or more of them, or their shapes do not fit.</exception>
    public IReadOnlyList<Variable> Quantize(IReadOnlyList<Variable> latents, in StepContext context)
    {
        CheckLatents(latents);
        var quantized = latents.ToArray();
        for (var i = 0; i < Quantizers.Count; i++)
        {
            using var output = Quantizers[i].Forward(latents[i], context);
            quantized[i] = output.Quantized;
        }

        return quantized;
    }

    /// <summary>Images (B, C, H, W) of latent images, quantized or not, one for each quantizer.</summary>
    /// <remarks>Where quantized ones are of another width than those before, as with <see cref="BinaryMapper"/>, these alone
    /// fit.</remarks>
    /// <exception cref="ShapeException">There are fewer or more of them, or their shapes do not fit.</exception>
    public Variable Images(IReadOnlyList<Variable> latents, in StepContext context)
    {
        CheckLatents(latents);
        return Draw(latents, context);
    }

    /// <summary>The codes of x (B, C, H, W); the caller's to dispose.</summary>
    /// <exception cref="ShapeException">Wrong channels, a side that the strides do not divide, or a model without
    /// codes.</exception>
    public IReadOnlyList<CodeGrid> Encode(Tensor<float> x)
    {
        CheckHasCodes();
        CheckImages(x.Shape);
        using var tape = new Tape(Device, recording: false);
        return FindCodes(tape.Constant(x));
    }

    /// <summary>Images (B, C, H, W) of codes; the caller's to dispose.</summary>
    /// <exception cref="ShapeException">The grids are not those of this model, or it has no codes.</exception>
    public Tensor<float> Decode(IReadOnlyList<CodeGrid> codes)
    {
        CheckHasCodes();
        var names = string.Join(", ", Layouts(Options.Downsampling, Options.Downsampling).Select(layout => layout.Name));
        if (string.Join(", ", codes.Select(grid => grid.Name)) is var given && given != names)
        {
            throw new ShapeException(
                Options.Family, $"grids of codes {names}", given.Length == 0 ? "none" : given,
                "Give those of Encode, in its order.");
        }

        using var tape = new Tape(Device, recording: false);
        var latents = new List<Variable>();
        foreach (var vectors in FindVectors(codes))
        {
            using (vectors)
            {
                latents.Add(tape.Constant(vectors, "latents"));
            }
        }

        return Draw(latents, StepContext.Inference).Value.Share();
    }

    /// <summary>How the indices of an image of that size lie, a layout for each grid of a quantizer; none for a model without
    /// one.</summary>
    public abstract IReadOnlyList<CodeLayout> Layouts(int height, int width);

    /// <summary>Its state as the program that the family comes from saves it; the caller's to dispose.</summary>
    public virtual SourceState ToSource() => new(this);

    /// <inheritdoc cref="Forward"/>
    protected abstract AutoencoderOutput Reconstruct(Variable x, in StepContext context);

    /// <inheritdoc cref="Latents"/>
    protected abstract IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context);

    /// <inheritdoc cref="Encode"/>
    protected abstract IReadOnlyList<CodeGrid> FindCodes(Variable x);

    /// <summary>The latent images of codes, as the quantizers chose them.</summary>
    protected abstract IReadOnlyList<Tensor<float>> FindVectors(IReadOnlyList<CodeGrid> codes);

    /// <inheritdoc cref="Images"/>
    protected abstract Variable Draw(IReadOnlyList<Variable> latents, in StepContext context);

    /// <exception cref="ShapeException">There are fewer or more latent images than the model has.</exception>
    private void CheckLatents(IReadOnlyList<Variable> latents)
    {
        var count = Math.Max(1, Quantizers.Count);
        if (latents.Count != count)
        {
            throw new ShapeException(
                Options.Family, $"latent images for {count} quantizers", $"{latents.Count}",
                "Give those of Latents, in its order.");
        }
    }

    /// <exception cref="ShapeException">There are none.</exception>
    private void CheckHasCodes()
    {
        if (this is ContinuousAutoencoder)
        {
            throw new ShapeException(
                Options.Family, "a model with a quantizer, where codes are asked for", "one of continuous latent images",
                "Use EncodeLatents and DecodeLatents, or another model.");
        }
    }

    /// <summary>Refuses images that the model cannot take.</summary>
    /// <exception cref="ShapeException">Wrong channels, or a side that the strides do not divide.</exception>
    protected void CheckImages(Shape x)
    {
        var step = Options.Downsampling;
        if (x is not [_, var c, > 0 and var h, > 0 and var w] || c != Options.Channels || h % step != 0 || w % step != 0)
        {
            throw new ShapeException(
                Options.Family, $"x (B, {Options.Channels}, H, W) with H and W divisible by {step}", $"x {x}",
                "Resize or crop the images.");
        }

        if (Options.FixedSize is { } side && (h, w) != (side, side))
        {
            throw new ShapeException(
                Options.Family, $"x (B, {Options.Channels}, {side}, {side}), the one size that its linear maps take", $"x {x}",
                "Resize or crop the images.");
        }
    }
}
