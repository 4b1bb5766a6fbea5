using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Autoencoders.VqCvae;

/// <summary>Weights of nadavbh12/VQ-VAE, whose codes are the columns of <c>emb.weight</c> (D, K); averages, which its EMA
/// codebook has, are <c>emb.embed_avg</c> (D, K), and <c>emb.cluster_size</c> (K), which is not smoothed.</summary>
internal static class VqCvaeWeights
{
    private const string CodesName = "weight", Codes = $"emb.{CodesName}", Counts = "cluster_size";

    private static readonly EmaLayout Layout = new(
        Codes: CodesName, Counts, Sums: "embed_avg", IsSmoothed: false, IsTransposed: true);

    public static WeightSource Source { get; } = new(
        "nadavbh12-cifar10",
        ["encoder.0.weight", "encoder.6.convs.1.weight", Codes, "decoder.6.weight"],
        (start, shapes) =>
        {
            var options = (VqCvaeOptions)start;
            var quantizer = options.Quantizer as VectorQuantizerOptions ?? new VectorQuantizerOptions();
            return options with
            {
                Channels = shapes.Length("encoder.0.weight", 1),
                Hidden = shapes.Length("encoder.0.weight", 0),
                Quantizer = quantizer with
                {
                    CodebookSize = shapes.Length(Codes, 1),
                    CodeDim = shapes.Length(Codes, 0),
                    Rule = shapes.Has($"emb.{Counts}") ? CodebookRule.Ema : CodebookRule.Gradient,
                },
            };
        })
    {
        // Of its data only MNIST is grey, and has pixels from 0 to 1.
        Variant = shapes => shapes.Length("encoder.0.weight", 1) == 1 ? "nadavbh12-mnist" : "nadavbh12-cifar10",
    };

    /// <summary>The state as that program keeps it.</summary>
    public static SourceState ToSource(VqCvaeModel model) => new State(model);

    private sealed class State : SourceState
    {
        private readonly EmaForms forms;
        private readonly List<(Tensor<float> Rows, Tensor<float> Columns)> codes = [];

        public State(VqCvaeModel model)
            : base(model)
        {
            forms = new EmaForms(model, Layout);
            Tensors = [.. model.State.SelectMany(forms.Replace).Select(Turned)];
        }

        public override void TakeOver()
        {
            forms.TakeOver();
            foreach (var (rows, columns) in codes)
            {
                using var turned = Primitive.Permute(columns, [1, 0]);
                Primitive.CopyInto(rows, turned);
            }
        }

        protected override void Dispose(bool disposing)
        {
            codes.ForEach(pair => pair.Columns.Dispose());
            forms.Dispose();
            base.Dispose(disposing);
        }

        /// <summary>Codes that an optimizer moves as columns.</summary>
        private NamedTensor Turned(NamedTensor named)
        {
            if (named.Key != $"emb.{Codebook.CodesKey}")
            {
                return named;
            }

            var columns = Primitive.Permute(named.Tensor, [1, 0]);
            codes.Add((named.Tensor, columns));
            return new NamedTensor(Codes, columns);
        }
    }
}
