using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>Options of a <see cref="VqVae2Model"/>; the defaults are those of the widely used PyTorch code of 128 channels.</summary>
public sealed record VqVae2Options : AutoencoderOptions
{
    /// <summary>Channels inside encoders and decoders; even.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 128;

    /// <summary>Channels inside a residual block.</summary>
    [Option("channels inside a residual block")]
    public int ResidualHidden { get; init; } = 32;

    /// <summary>Residual blocks of each encoder and decoder.</summary>
    [Option("residual blocks")]
    public int ResidualLayers { get; init; } = 2;

    /// <summary>What turns latent pixels into codes: two of this kind, one for each level.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    [JsonIgnore]
    public override int Downsampling => 8;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check.AtLeast("residual-hidden", ResidualHidden, 1);
        Check.AtLeast("residual-layers", ResidualLayers, 0);
        Quantizer.Validate();
    }

    public override Autoencoder Build(ModuleScope scope) => new VqVae2Model(scope, this);
}
