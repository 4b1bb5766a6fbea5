using System.Text.Json.Serialization;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>Options of a <see cref="VqVae2Model"/>; the defaults are those of the widely used
/// PyTorch code of 128 channels.</summary>
public sealed record VqVae2Options : ResidualAutoencoderOptions
{
    /// <summary>What black and white are inside the model.</summary>
    [Option("what black and white are inside the model: signed, -1 and 1, unit, 0 and 1, or centred, -0.5 and 0.5")]
    public PixelRange PixelRange { get; init; } = PixelRange.Centred;

    [JsonIgnore]
    public override int Downsampling => 8;

    public override void Validate()
    {
        base.Validate();
        PixelRange.Validate();
    }

    /// <summary>The residual blocks of all levels.</summary>
    [JsonIgnore]
    internal ResidualShape ResidualShape => new(Hidden, ResidualHidden, Dropout: (float)Dropout);

    public override Autoencoder Build(ModuleScope scope) => new VqVae2Model(scope, this);
}
