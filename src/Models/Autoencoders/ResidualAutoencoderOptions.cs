using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>What families of convolutions and residual blocks have in common.</summary>
public abstract record ResidualAutoencoderOptions : AutoencoderOptions
{
    /// <summary>Channels inside each encoder and decoder; even.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 128;

    /// <summary>Channels inside a residual block.</summary>
    [Option("channels inside a residual block")]
    public int ResidualHidden { get; init; } = 32;

    /// <summary>Residual blocks of each encoder and decoder.</summary>
    [Option("residual blocks")]
    public int ResidualLayers { get; init; } = 2;

    /// <summary>What turns latent pixels into codes: one of this kind for each grid.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check.AtLeast("residual-hidden", ResidualHidden, 1);
        Check.AtLeast("residual-layers", ResidualLayers, 0);
        Quantizer.Validate();
    }
}
