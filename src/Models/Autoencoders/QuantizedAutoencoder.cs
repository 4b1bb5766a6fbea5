using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>An autoencoder of one encoder, one quantizer and one decoder.</summary>
/// <param name="scope">Where its keys lie.</param>
/// <param name="options">What it is made of.</param>
public abstract class QuantizedAutoencoder(ModuleScope scope, QuantizedAutoencoderOptions options) : Autoencoder(scope, options)
{
    /// <summary>What turns latent images into codes.</summary>
    public abstract ImageQuantizer ImageQuantizer { get; }

    /// <summary>What turns latent pixels into codes.</summary>
    public Quantizer Quantizer => ImageQuantizer.Quantizer;

    public sealed override IReadOnlyList<ImageQuantizer> Quantizers => [ImageQuantizer];

    public override int? Reach => ImageQuantizer.IsPixelwise ? LatentReach * Options.Downsampling : null;

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        ImageQuantizer.Layouts(height / Options.Downsampling, width / Options.Downsampling);

    /// <summary>The same as <see cref="Autoencoder.Reach"/> in latent pixels, where each has its code to itself.</summary>
    protected abstract int LatentReach { get; }

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var quantized = ImageQuantizer.Forward(Latent(x, context), context);
        return new AutoencoderOutput(Image(quantized.Quantized, context), quantized.Loss, quantized.Grids);
    }

    protected override IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context) => [Latent(x, context)];

    protected override IReadOnlyList<CodeGrid> FindCodes(Variable x) =>
        ImageQuantizer.Forward(Latent(x, StepContext.Inference), StepContext.Inference).Grids;

    protected override IReadOnlyList<Tensor<float>> FindVectors(IReadOnlyList<CodeGrid> codes) =>
        [ImageQuantizer.Lookup(codes)];

    protected override Variable Draw(IReadOnlyList<Variable> latents, in StepContext context) => Image(latents[0], context);

    /// <summary>Images x (B, C, H, W) → latent images (B, D, h, w), not quantized.</summary>
    protected abstract Variable Latent(Variable x, in StepContext context);

    /// <summary>Latent images z (B, D, h, w), quantized or not → images (B, C, H, W).</summary>
    protected abstract Variable Image(Variable z, in StepContext context);
}
