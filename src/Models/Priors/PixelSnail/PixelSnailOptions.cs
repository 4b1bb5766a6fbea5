using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>Which grids a prior looks at as a whole, by attention.</summary>
public enum AttentionGrids
{
    /// <summary>The first, which is known without others.</summary>
    [JsonStringEnumMemberName("first")]
    First,

    /// <summary>All.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>None.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}

/// <summary>PixelSNAIL with the sizes of rosinality's priors of a VQ-VAE-2.</summary>
public sealed record PixelSnailOptions : PriorOptions
{
    /// <summary>Channels of the layers.</summary>
    [Option("channels of the layers")]
    public int Width { get; init; } = 256;

    /// <summary>Side of the convolutions' kernels, odd.</summary>
    [Option("side of the convolutions' kernels, odd")]
    public int Kernel { get; init; } = 5;

    /// <summary>Blocks, each of which may end in attention.</summary>
    [Option("residual blocks")]
    public int Blocks { get; init; } = 4;

    /// <summary>Gated residual blocks of each block.</summary>
    [Option("gated residual blocks of each block")]
    public int ResidualBlocks { get; init; } = 4;

    /// <summary>Channels inside of those, and of what is known of other grids.</summary>
    [Option("channels inside of gated residual blocks, and of what is known of other grids")]
    public int ResidualWidth { get; init; } = 256;

    /// <summary>Gated residual blocks of single places before the logits.</summary>
    [Option("gated residual blocks of single places before the logits")]
    public int OutputBlocks { get; init; }

    /// <summary>Gated residual blocks of what is known of another grid.</summary>
    [Option("gated residual blocks over a coarser grid")]
    public int ConditionBlocks { get; init; } = 3;

    /// <summary>The grids with attention.</summary>
    [Option("the grids with attention: first (the one that is known without others), all or none")]
    public AttentionGrids Attention { get; init; } = AttentionGrids.First;

    /// <summary>Heads of attention; twice as many divide the width.</summary>
    [Option("heads of attention; twice as many divide the width")]
    public int Heads { get; init; } = 8;

    /// <summary>Probability that training sets a number inside of a block, or a weight of attention, to 0.</summary>
    [Option("probability that training sets a number inside of a block, or a weight of attention, to 0")]
    public double Dropout { get; init; } = 0.1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("width", Width, 1);
        Check.That("kernel", "an odd number from 3 to 31", Kernel, Kernel is >= 3 and <= 31 && Kernel % 2 == 1);
        Check.Parts("blocks", Blocks, 0);
        Check.Parts("residual-blocks", ResidualBlocks, 0);
        Check.AtLeast("residual-width", ResidualWidth, 1);
        Check.Parts("output-blocks", OutputBlocks, 0);
        Check.Parts("condition-blocks", ConditionBlocks, 0);
        Check.That("attention", "first, all or none", Attention, Enum.IsDefined(Attention));
        Check.AtLeast("heads", Heads, 1);
        Check.That(
            "heads", $"a number whose double divides width {Width}", Heads,
            Attention == AttentionGrids.None || Width % (2L * Heads) == 0);
        Check.Fraction("dropout", Dropout);
    }

    /// <inheritdoc/>
    public override GridPrior Build(ModuleScope scope, PriorShape shape) => new PixelSnail(scope.With(Init), shape, this);
}
