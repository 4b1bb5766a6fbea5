using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders.Paella;

/// <summary>Options of a <see cref="PaellaModel"/>, by the names of diffusers' <c>config.json</c>.</summary>
public sealed record PaellaOptions : AutoencoderOptions
{
    private const int MostLevels = 12;

    /// <summary>Pixels of a side that become channels before anything else.</summary>
    [Option("pixels of a side that become channels before anything else")]
    public int UpDownScaleFactor { get; init; } = 2;

    /// <summary>Resolutions; each after the first halves the sides.</summary>
    [Option("resolutions; each after the first halves the sides", Name = "resolutions")]
    public int Levels { get; init; } = 2;

    /// <summary>Blocks of the decoder at the lowest resolution.</summary>
    [Option("blocks of the decoder at the lowest resolution")]
    public int BottleneckBlocks { get; init; } = 12;

    /// <summary>Channels at the lowest resolution; half as many at each above it.</summary>
    [Option("channels at the lowest resolution; half as many at each above it")]
    public int EmbedDim { get; init; } = 384;

    /// <summary>What turns latent pixels into codes; its width is that of the latent images.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    /// <summary>What a prior of the latent images multiplies them by; the autoencoder itself does not.</summary>
    public double ScaleFactor { get; init; } = 0.3764;

    [JsonIgnore]
    public override int Downsampling => UpDownScaleFactor << Math.Clamp(Levels - 1, 0, MostLevels);

    public override void Validate()
    {
        base.Validate();
        Check.That("up-down-scale-factor", "a whole number from 1 to 16", UpDownScaleFactor, UpDownScaleFactor is >= 1 and <= 16);
        Check.That("resolutions", $"a whole number from 1 to {MostLevels}", Levels, Levels is >= 1 and <= MostLevels);
        Check.Parts("bottleneck-blocks", BottleneckBlocks, 1);
        Check.AtLeast("embed-dim", EmbedDim, 1 << (Levels - 1));
        Check.Weight("scale-factor", ScaleFactor);
        Quantizer.Validate();
    }

    /// <summary>Channels of a level, from the image's resolution down.</summary>
    internal int WidthOf(int level) => EmbedDim >> (Levels - 1 - level);

    public override Autoencoder Build(ModuleScope scope) => new PaellaModel(scope, this);
}
