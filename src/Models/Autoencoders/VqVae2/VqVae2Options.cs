using System.Text.Json.Serialization;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>Options of a <see cref="VqVae2Model"/>; the defaults are those of the widely used
/// PyTorch code of 128 channels.</summary>
public sealed record VqVae2Options : ResidualAutoencoderOptions
{
    [JsonIgnore]
    public override int Downsampling => 8;

    /// <summary>The residual blocks of all levels.</summary>
    [JsonIgnore]
    internal ResidualShape ResidualShape => new(Hidden, ResidualHidden, Dropout: (float)Dropout);

    public override Autoencoder Build(ModuleScope scope) => new VqVae2Model(scope, this);
}
