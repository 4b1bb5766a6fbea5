using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sums of rows that are looked up, <c>y[n, :] = Σₜ weight[ids[n, t], :]</c>: what a linear map makes of one-hot
/// vectors, without them.</summary>
/// <remarks>
/// <para>Shapes: ids (N, T), weight (K, D) → y (N, D). An id outside [0, K) adds nothing.</para>
/// <para>Gradient: dWeight[k, d] = Σₙₜ [ids[n, t] = k] · dY[n, d]; ids has none.</para>
/// <para>NaN and ∞ of a row spread to the sums that it is in. Deterministic: each element has one owner. No atomics.</para>
/// </remarks>
public static class EmbeddingBag
{
    /// <exception cref="ShapeException">ids is not (N, T), or weight is not (K, D).</exception>
    public static Variable Apply(Tensor<int> ids, Variable weight)
    {
        var k = CheckShapes(ids.Shape, weight.Shape);
        var y = Primitive.GatherSums(weight.Value, ids);
        var kept = ids.Share();
        return weight.Tape.Record(
            "embedding-bag", y, inputs: [weight], dY => [Primitive.GatherSumsGradient(dY, kept, rows: k)], saved: kept);
    }

    internal static int CheckShapes(Shape ids, Shape weight) => (ids, weight) switch
    {
        ([_, _], [var k, _]) => k,
        _ => throw new ShapeException("embedding-bag", "ids (N, T), weight (K, D)", ("ids", ids), ("weight", weight)),
    };
}
