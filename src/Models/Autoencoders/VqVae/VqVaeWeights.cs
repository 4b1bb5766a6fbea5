using System.Collections.Immutable;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>Weights of the PyTorch notebook that the keys come from, zalandoresearch/pytorch-vq-vae, with an EMA or a gradient
/// codebook, and of HwangJohn/vq-vae-test, which has batch norms and a second name for the layers of its blocks. What they write
/// is <see cref="NotebookState"/> and <see cref="HwangJohnState"/>.</summary>
internal static class VqVaeWeights
{
    private const string Norm = "_encoder.bn1.weight", Twice = "_encoder._residual_stack._layers.0.conv3x3.weight";

    private static readonly ImmutableArray<string> Landmarks =
    [
        "_encoder._conv_1.weight", "_pre_vq_conv.weight", "_vq_vae._embedding.weight", "_decoder._conv_trans_2.weight",
    ];

    /// <summary>HwangJohn's with batch norms.</summary>
    public static WeightSource Normed { get; } = new("hwangjohn-paper", [.. Landmarks, Norm], Options);

    /// <summary>HwangJohn's without.</summary>
    public static WeightSource NamedTwice { get; } = new("hwangjohn-colab", [.. Landmarks, Twice], Options);

    public static WeightSource Zalando { get; } = new("zalando", Landmarks, Options);

    private static AutoencoderOptions Options(AutoencoderOptions start, WeightShapes shapes)
    {
        var options = (VqVaeOptions)start;
        var quantizer = options.Quantizer as VectorQuantizerOptions ?? new VectorQuantizerOptions();
        var hasNorm = shapes.Has(Norm);
        var layers = shapes.Count(Block);
        return options with
        {
            Channels = shapes.Length("_encoder._conv_1.weight", 1),
            Hidden = shapes.Length("_encoder._conv_2.weight", 0),
            ResidualLayers = layers,
            ResidualHidden = layers > 0 ? shapes.Length(Block(0), 0) : options.ResidualHidden,
            UseNorm = hasNorm,
            ResidualSkip = hasNorm ? ResidualSkip.Clean : options.ResidualSkip,
            BlockNames = shapes.Has(Twice) ? BlockNames.Twice : BlockNames.Notebook,
            Quantizer = quantizer with
            {
                CodebookSize = shapes.Length("_vq_vae._embedding.weight", 0),
                CodeDim = shapes.Length("_vq_vae._embedding.weight", 1),
                Rule = shapes.Has("_vq_vae._ema_w") ? CodebookRule.Ema : CodebookRule.Gradient,
            },
        };

        // Its first convolution, which a ReLU precedes where there is no norm.
        string Block(int layer) => $"_encoder._residual_stack._layers.{layer}._block.{(hasNorm ? 0 : 1)}.weight";
    }
}
