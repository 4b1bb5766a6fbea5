using System.Text.Json.Serialization;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>What another program calls the layers of a residual block.</summary>
public enum BlockNames
{
    /// <summary>Their places in a list, as the PyTorch notebook that the keys come from.</summary>
    [JsonStringEnumMemberName("notebook")]
    Notebook,

    /// <summary>Those, and names of their own, as HwangJohn's vq-vae-test.</summary>
    [JsonStringEnumMemberName("twice")]
    Twice,
}

/// <summary>Options of a <see cref="VqVaeModel"/>; the defaults are the paper's CIFAR-10 model as
/// DeepMind's own code trains it.</summary>
public sealed record VqVaeOptions : ResidualAutoencoderOptions
{
    /// <summary>What the skip of a residual block carries.</summary>
    [Option("what a residual block's skip carries: rectified (relu(x)) or clean (x)")]
    public ResidualSkip ResidualSkip { get; init; } = ResidualSkip.Clean;

    /// <summary>Whether batch norm follows the convolutions of the encoder and of the residual blocks, as HwangJohn's
    /// vq-vae-test has it: blocks then begin with a convolution, and their skip is clean.</summary>
    [Option("whether batch norm follows the convolutions of encoder and residual blocks")]
    public bool UseNorm { get; init; }

    /// <summary>The function between layers.</summary>
    [Option("the function between layers: relu or gelu")]
    public HiddenActivation Activation { get; init; }

    /// <summary>The names of residual blocks in files for other programs. Norms and GELU, which HwangJohn's alone has, come with
    /// its names.</summary>
    [Option("names of residual blocks in exported files: notebook, or twice, as HwangJohn has them, two for a layer",
        MayChange = true)]
    public BlockNames BlockNames { get; init; }

    [JsonIgnore]
    public override int Downsampling => 4;

    public override void Validate()
    {
        base.Validate();
        Check.That("residual-skip", "rectified or clean", ResidualSkip, Enum.IsDefined(ResidualSkip));
        Check.That("activation", "relu or gelu", Activation, Enum.IsDefined(Activation));
        Check.That("block-names", "notebook or twice", BlockNames, Enum.IsDefined(BlockNames));
        Check.That(
            "residual-skip", "clean beside use-norm or gelu", ResidualSkip,
            ResidualSkip == ResidualSkip.Clean || (!UseNorm && Activation == HiddenActivation.Relu));
    }

    /// <summary>Whether files for other programs have two names for the layers of residual blocks.</summary>
    [JsonIgnore]
    internal bool NamesBlocksTwice =>
        BlockNames == BlockNames.Twice || UseNorm || Activation == HiddenActivation.Gelu;

    /// <summary>The residual blocks of encoder or decoder, which have no biases.</summary>
    internal ResidualStack BuildResiduals(ModuleScope scope) => new(
        scope, ResidualLayers, i => scope.In("_layers").In($"{i}").In("_block"),
        new ResidualShape(Hidden, ResidualHidden, HasBias: false, ResidualSkip, (float)Dropout, Activation, UseNorm));

    public override Autoencoder Build(ModuleScope scope) => new VqVaeModel(scope, this);
}
