using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;

namespace IlgpuVq.Models.Autoencoders.BatchNormVqVae;

/// <summary>Options of a <see cref="BatchNormVqVaeModel"/>; the defaults are those of ritheshkumar95's pytorch-vqvae.</summary>
public sealed record BatchNormVqVaeOptions : QuantizedAutoencoderOptions
{
    public BatchNormVqVaeOptions()
    {
        Init = Initialization.Keras; // Xavier's, biases zero
        Quantizer = new VectorQuantizerOptions
        {
            CodebookSize = 512,
            CodeDim = 256,
            Rule = CodebookRule.Gradient,
            CodebookStart = CodebookStart.Uniform,
            Commitment = 1,
        };
    }

    /// <summary>Channels of all convolutions, and width of the codes: with another width, 1×1 convolutions lie between
    /// them.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 256;

    [JsonIgnore]
    public override int Downsampling => 4;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 1);
    }

    public override Autoencoder Build(ModuleScope scope) => new BatchNormVqVaeModel(scope, this);
}
