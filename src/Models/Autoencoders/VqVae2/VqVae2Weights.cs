using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.VqVae2;

/// <summary>Weights of rosinality/vq-vae-2-pytorch. Its codebooks are <c>embed</c> and <c>embed_avg</c> (D, K), and
/// <c>cluster_size</c> (K), which is not smoothed.</summary>
internal static class VqVae2Weights
{
    /// <summary>Where the residual blocks of the bottom encoder begin.</summary>
    private const int FirstBlock = 5;

    private static readonly EmaLayout Layout = new(
        Codes: "embed", Counts: "cluster_size", Sums: "embed_avg", IsSmoothed: false, IsTransposed: true);

    public static WeightSource Source { get; } = new(
        "rosinality",
        ["enc_b.blocks.0.weight", "enc_t.blocks.0.weight", "quantize_t.embed", "quantize_b.embed", "dec.blocks.0.weight"],
        (start, shapes) =>
        {
            var options = (VqVae2Options)start;
            var quantizer = options.Quantizer as VectorQuantizerOptions ?? new VectorQuantizerOptions();
            var layers = shapes.Count(Block);
            return options with
            {
                Channels = shapes.Length("enc_b.blocks.0.weight", 1),
                Hidden = shapes.Length("enc_b.blocks.2.weight", 0),
                ResidualLayers = layers,
                ResidualHidden = layers > 0 ? shapes.Length(Block(0), 0) : options.ResidualHidden,
                Quantizer = quantizer with
                {
                    CodebookSize = shapes.Length("quantize_t.embed", 1),
                    CodeDim = shapes.Length("quantize_t.embed", 0),
                    Rule = CodebookRule.Ema,
                },
            };
        });

    /// <summary>The state as that program keeps it.</summary>
    public static SourceState ToSource(VqVae2Model model) => new State(model);

    private static string Block(int layer) => $"enc_b.blocks.{FirstBlock + layer}.conv.1.weight";

    private sealed class State : SourceState
    {
        private readonly EmaForms forms;

        public State(VqVae2Model model)
            : base(model)
        {
            forms = new EmaForms(model, Layout);
            Tensors = [.. model.State.SelectMany(forms.Replace)];
        }

        public override void TakeOver() => forms.TakeOver();

        protected override void Dispose(bool disposing)
        {
            forms.Dispose();
            base.Dispose(disposing);
        }
    }
}
