using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;

namespace IlgpuVq.Models.Autoencoders.VqCvae;

/// <summary>Options of a <see cref="VqCvaeModel"/>; the defaults are those of nadavbh12's VQ-VAE for CIFAR-10.</summary>
public sealed record VqCvaeOptions : QuantizedAutoencoderOptions
{
    public VqCvaeOptions()
    {
        Init = Initialization.Normal;
        Quantizer = QuantizerOf(codes: 10, width: 256);
    }

    /// <summary>Channels of all convolutions, and width of the codes: with another width, 1×1 convolutions lie between
    /// them.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 256;

    /// <summary>What black and white are inside the model.</summary>
    [Option("what black and white are inside the model: signed, -1 and 1, unit, 0 and 1, or centred, -0.5 and 0.5")]
    public PixelRange PixelRange { get; init; }

    [JsonIgnore]
    public override int Downsampling => 4;

    /// <summary>The quantizer that it is trained with there: mean gradients of codes, norms of squares as losses.</summary>
    /// <param name="codes">K.</param>
    /// <param name="width">D, the channels.</param>
    public static VectorQuantizerOptions QuantizerOf(int codes, int width) => new()
    {
        CodebookSize = codes,
        CodeDim = width,
        Rule = CodebookRule.Gradient,
        CodeGradient = CodeGradient.Mean,
        CommitmentLoss = CommitmentLoss.SquareNorm,
        Commitment = 0.5,
    };

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 1);
        PixelRange.Validate();
    }

    public override Autoencoder Build(ModuleScope scope) => new VqCvaeModel(scope, this);
}
