using System.Text.Json.Serialization;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>Options of a <see cref="VqVaeModel"/>; the defaults are the paper's CIFAR-10 model as DeepMind's own code trains it.</summary>
public sealed record VqVaeOptions : AutoencoderOptions
{
    /// <summary>Channels inside encoder and decoder; even.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 128;

    /// <summary>Channels inside a residual block.</summary>
    [Option("channels inside a residual block")]
    public int ResidualHidden { get; init; } = 32;

    /// <summary>Residual blocks of encoder and decoder each.</summary>
    [Option("residual blocks")]
    public int ResidualLayers { get; init; } = 2;

    /// <summary>What the skip of a residual block carries.</summary>
    [Option("what a residual block's skip carries: rectified (relu(x)) or clean (x)")]
    public ResidualSkip ResidualSkip { get; init; } = ResidualSkip.Clean;

    /// <summary>What turns latent pixels into codes.</summary>
    public QuantizerOptions Quantizer { get; init; } = new VectorQuantizerOptions();

    [JsonIgnore]
    public override int Downsampling => 4;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check.AtLeast("residual-hidden", ResidualHidden, 1);
        Check.AtLeast("residual-layers", ResidualLayers, 0);
        Check.That("residual-skip", "rectified or clean", ResidualSkip, Enum.IsDefined(ResidualSkip));
        Quantizer.Validate();
    }

    /// <summary>The residual blocks of encoder or decoder, which have no biases.</summary>
    internal ResidualStack BuildResiduals(ModuleScope scope) => new(
        scope, ResidualLayers, i => scope.In("_layers").In($"{i}").In("_block"),
        new ResidualShape(Hidden, ResidualHidden, HasBias: false, ResidualSkip));

    public override Autoencoder Build(ModuleScope scope) => new VqVaeModel(scope, this);
}
