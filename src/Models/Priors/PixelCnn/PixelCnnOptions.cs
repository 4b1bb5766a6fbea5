namespace IlgpuVq.Models.Priors.PixelCnn;

/// <summary>PixelCNN as in keras.io's example: masked convolutions with residual blocks.</summary>
/// <remarks>With the defaults, 128 codes and no classes it has 1 049 728 parameters.</remarks>
public sealed record PixelCnnOptions : PriorOptions
{
    /// <summary>Channels of the layers.</summary>
    [Option("channels of the layers")]
    public int Width { get; init; } = 128;

    /// <summary>Residual blocks.</summary>
    [Option("residual blocks")]
    public int Blocks { get; init; } = 2;

    /// <summary>Layers of single places before the logits.</summary>
    [Option("layers of single places before the logits")]
    public int OutputLayers { get; init; } = 2;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("width", Width, 2);
        Check.Parts("blocks", Blocks, 0);
        Check.Parts("output-layers", OutputLayers, 0);
    }

    /// <inheritdoc/>
    public override GridPrior Build(ModuleScope scope, PriorShape shape) => new PixelCnn(scope.With(Init), shape, this);
}
