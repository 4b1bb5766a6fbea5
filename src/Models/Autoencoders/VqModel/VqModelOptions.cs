using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders.VqModel;

/// <summary>Options of a <see cref="VqModelAutoencoder"/>.</summary>
public sealed record VqModelOptions : ResnetAutoencoderOptions
{
    /// <summary>How the decoder normalizes.</summary>
    [Option("how the decoder normalizes: group, or spatial, by the codes that are decoded")]
    public NormType NormType { get; init; }

    /// <summary>What turns latent pixels into codes.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    public override void Validate()
    {
        base.Validate();
        Check.That("norm-type", "group or spatial", NormType, Enum.IsDefined(NormType));
        Quantizer.Validate();
        Check.That(
            "norm-type",
            $"group where codes have another width, {Quantizer.OutputWidth}, than the {LatentChannels} latent channels",
            NormType, NormType == NormType.Group || Quantizer.OutputWidth == LatentChannels);
    }

    public override Autoencoder Build(ModuleScope scope) => new VqModelAutoencoder(scope, this);
}
