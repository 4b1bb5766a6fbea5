namespace IlgpuVq.Models.Priors.GatedPixelCnn;

/// <summary>Gated PixelCNN with the sizes of ritheshkumar's prior of a VQ-VAE.</summary>
public sealed record GatedPixelCnnOptions : PriorOptions
{
    /// <summary>Weights start from Xavier's uniform distribution, biases from zero.</summary>
    public GatedPixelCnnOptions() => Init = Initialization.Keras;

    /// <summary>Channels of each stack.</summary>
    [Option("channels of the layers")]
    public int Width { get; init; } = 64;

    /// <summary>Gated layers; the first is of 7×7, the others of 3×3.</summary>
    [Option("gated layers: the first of 7×7, the others of 3×3")]
    public int Layers { get; init; } = 15;

    /// <summary>Channels between the layers and the logits.</summary>
    [Option("channels between the layers and the logits")]
    public int OutputWidth { get; init; } = 512;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("width", Width, 1);
        Check.Parts("layers", Layers, 1);
        Check.AtLeast("output-width", OutputWidth, 1);
    }

    /// <inheritdoc/>
    public override GridPrior Build(ModuleScope scope, PriorShape shape) => new GatedPixelCnn(scope.With(Init), shape, this);
}
