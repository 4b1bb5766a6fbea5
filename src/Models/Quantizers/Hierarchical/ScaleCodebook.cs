using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Hierarchical;

/// <summary>The nearest code of each row, with a gradient for the codes alone: whoever asks has the losses.</summary>
/// <remarks>Keys: <c>embedding.weight</c> (K, D), from U(±1/K).</remarks>
internal sealed class ScaleCodebook : Quantizer
{
    private readonly Parameter codebook;

    /// <param name="scope">Where its key lies.</param>
    /// <param name="codebookSize">Codes, K.</param>
    /// <param name="codeDim">D.</param>
    public ScaleCodebook(ModuleScope scope, int codebookSize, int codeDim)
        : base(scope)
    {
        codebook = AddParameter("embedding.weight", [codebookSize, codeDim], Initializers.Uniform(1f / codebookSize));
        CodebookSizes = [codebookSize];
    }

    public override int Width => codebook.Value.Shape[1];

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        using var ids = Primitive.NearestCode(rows.Value, codebook.Value);
        return new QuantizerOutput(
            Embedding.Apply(ids, rows.Tape.Watch(codebook)), Loss: null, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensors.Tensor<float> Find(Tensors.Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        return Primitive.GatherRows(codebook.Value, flat);
    }
}
