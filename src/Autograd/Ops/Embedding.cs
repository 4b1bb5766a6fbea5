using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Row lookup <c>y[n, :] = weight[ids[n], :]</c>: the codebook read of VQ-VAE (arXiv:1711.00937, section 3.1).</summary>
/// <remarks>
/// <para>Shapes: ids (N), weight (K, D) → y (N, D). An id outside [0, K) gives a NaN row: a kernel cannot throw.</para>
/// <para>Gradient: dWeight[k, d] = Σₙ [ids[n] = k] · dY[n, d]; ids has none.</para>
/// <para>Deterministic: each (k, d) has one owner, which adds over n in order. No atomics.</para>
/// </remarks>
public static class Embedding
{
    /// <exception cref="ShapeException">ids is not (N), or weight is not (K, D).</exception>
    public static Variable Apply(Tensor<int> ids, Variable weight)
    {
        var k = CheckShapes(ids.Shape, weight.Shape);
        var y = Primitive.GatherRows(weight.Value, ids);
        var kept = ids.Share();
        return weight.Tape.Record(
            "embedding", y, inputs: [weight], dY => [Primitive.ScatterAddRows(dY, kept, rows: k)], saved: kept);
    }

    internal static int CheckShapes(Shape ids, Shape weight) => (ids, weight) switch
    {
        ([_], [var k, _]) => k,
        _ => throw new ShapeException("embedding", "ids (N), weight (K, D)", ("ids", ids), ("weight", weight)),
    };
}
