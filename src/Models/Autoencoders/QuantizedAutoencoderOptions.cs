using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>What families with quantizers have in common.</summary>
public abstract record QuantizedAutoencoderOptions : AutoencoderOptions
{
    /// <summary>What turns latent pixels into codes: one of this kind for each grid.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    public override void Validate()
    {
        base.Validate();
        Quantizer.Validate();
    }
}
