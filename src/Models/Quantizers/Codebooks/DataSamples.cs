using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>Random rows of a batch.</summary>
internal static class DataSamples
{
    /// <summary>Some of the vectors (N, D), spread over the batch, of those alone that a mask (N) leaves; (count, D).</summary>
    public static Tensor<float> Draw(
        Tensor<float> vectors, Tensor<float>? mask, int count, RandomState random, ulong stream)
    {
        using var ids = mask is null
            ? Primitive.SampleRows(random, vectors.Shape[0], count, stream)
            : Primitive.SampleRows(random, mask, count, stream);
        return Primitive.GatherRows(vectors, ids);
    }
}
