namespace IlgpuVq.Models.Autoencoders;

/// <summary>What families of convolutions and residual blocks have in common.</summary>
public abstract record ResidualAutoencoderOptions : QuantizedAutoencoderOptions
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

    /// <summary>Probability that training sets one of the numbers inside a residual block to 0.</summary>
    [Option("probability that training sets a number inside a residual block to 0", MayChange = true)]
    public double Dropout { get; init; }

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check.AtLeast("residual-hidden", ResidualHidden, 1);
        Check.Parts("residual-layers", ResidualLayers, 0);
        Check.Fraction("dropout", Dropout);
    }
}
