using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders.KerasVqVae;

/// <summary>Options of a <see cref="KerasVqVaeModel"/>; the defaults are those of the keras.io example.</summary>
public sealed record KerasVqVaeOptions : QuantizedAutoencoderOptions
{
    public KerasVqVaeOptions()
    {
        Init = Initialization.Keras;
        Quantizer = new VectorQuantizerOptions { CodebookSize = 128, CodeDim = 16, Rule = CodebookRule.Gradient };
    }

    /// <summary>Channels of the second convolution; the first has half as many. Even.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 64;

    [JsonIgnore]
    public override int Downsampling => 4;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
    }

    public override Autoencoder Build(ModuleScope scope) => new KerasVqVaeModel(scope, this);
}
