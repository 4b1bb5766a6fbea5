using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>A learned vector for each of K ids; key <c>weight</c> (K, D).</summary>
/// <remarks>It starts from N(0, 1); under <see cref="Initialization.Sonnet"/> from the same, cut at two deviations.</remarks>
public sealed class EmbeddingLayer : Module
{
    private readonly Parameter weight;

    /// <param name="scope">Where its key lies.</param>
    /// <param name="count">Ids, K.</param>
    /// <param name="width">Numbers of a vector, D.</param>
    public EmbeddingLayer(ModuleScope scope, int count, int width)
        : base(scope) => weight = AddParameter(
            "weight", [count, width],
            scope.Initialization == Initialization.Sonnet ? Initializers.TruncatedNormal(1) : Initializers.Normal(1));

    /// <summary>The vectors (…, D) of ids (…), on a tape.</summary>
    /// <remarks>An id outside [0, K) gives NaN: a kernel cannot throw.</remarks>
    public Variable Forward(Tape tape, Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        var y = Embedding.Apply(flat, tape.Watch(weight)); // (N, D)
        return ids.Shape.Rank == 1 ? y : Reshape.Apply(y, [.. ids.Shape, y.Shape[1]]);
    }
}
