using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>Weights of the PyTorch notebook that the keys come from, zalandoresearch/pytorch-vq-vae, with an EMA or a gradient
/// codebook. What it writes is <see cref="NotebookState"/>.</summary>
internal static class VqVaeWeights
{
    public static WeightSource Source { get; } = new(
        "zalando",
        ["_encoder._conv_1.weight", "_pre_vq_conv.weight", "_vq_vae._embedding.weight", "_decoder._conv_trans_2.weight"],
        (start, shapes) =>
        {
            var options = (VqVaeOptions)start;
            var quantizer = options.Quantizer as VectorQuantizerOptions ?? new VectorQuantizerOptions();
            var layers = shapes.Count(Block);
            return options with
            {
                Channels = shapes.Length("_encoder._conv_1.weight", 1),
                Hidden = shapes.Length("_encoder._conv_2.weight", 0),
                ResidualLayers = layers,
                ResidualHidden = layers > 0 ? shapes.Length(Block(0), 0) : options.ResidualHidden,
                Quantizer = quantizer with
                {
                    CodebookSize = shapes.Length("_vq_vae._embedding.weight", 0),
                    CodeDim = shapes.Length("_vq_vae._embedding.weight", 1),
                    Rule = shapes.Has("_vq_vae._ema_w") ? CodebookRule.Ema : CodebookRule.Gradient,
                },
            };
        });

    private static string Block(int layer) => $"_encoder._residual_stack._layers.{layer}._block.1.weight";
}
