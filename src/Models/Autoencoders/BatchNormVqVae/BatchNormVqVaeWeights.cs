using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.BatchNormVqVae;

/// <summary>Weights of ritheshkumar95/pytorch-vqvae, whose codes are <c>codebook.embedding.weight</c>.</summary>
internal static class BatchNormVqVaeWeights
{
    private const string Codes = "codebook.embedding.weight";

    public static WeightSource Source { get; } = new(
        "ritheshkumar",
        ["encoder.0.weight", "encoder.4.block.1.weight", Codes, "decoder.6.weight"],
        (start, shapes) =>
        {
            var options = (BatchNormVqVaeOptions)start;
            var quantizer = options.Quantizer as VectorQuantizerOptions ?? new VectorQuantizerOptions();
            return options with
            {
                Channels = shapes.Length("encoder.0.weight", 1),
                Hidden = shapes.Length("encoder.0.weight", 0),
                Quantizer = quantizer with
                {
                    CodebookSize = shapes.Length(Codes, 0),
                    CodeDim = shapes.Length(Codes, 1),
                    Rule = CodebookRule.Gradient,
                },
            };
        });

    /// <summary>The state as that program keeps it.</summary>
    public static SourceState ToSource(BatchNormVqVaeModel model) => new State(model);

    private sealed class State : SourceState
    {
        public State(BatchNormVqVaeModel model)
            : base(model) => Tensors =
            [
                .. model.State.Select(named => named.Key == $"codebook.{Codebook.CodesKey}" ? named with { Key = Codes } : named),
            ];
    }
}
