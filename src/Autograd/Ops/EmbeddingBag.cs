using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sums of rows that are looked up, some in each of several tables,
/// <c>y[n, :] = Σₜₗ weight[t, ids[t, n, l], :]</c>: what a linear map makes of one-hot vectors, without them.</summary>
/// <remarks>
/// <para>Shapes: ids (T, N, L), weight (T, K, D) → y (N, D). An id outside [0, K) adds nothing.</para>
/// <para>Gradient: dWeight[t, k, d] = Σₙₗ [ids[t, n, l] = k] · dY[n, d]; ids has none.</para>
/// <para>NaN and ∞ of a row spread to the sums that it is in. Deterministic: each element has one owner. No atomics.</para>
/// </remarks>
public static class EmbeddingBag
{
    /// <exception cref="ShapeException">ids is not (T, N, L), or weight is not (T, K, D).</exception>
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
        ([var t, _, _], [var t2, var k, _]) when t == t2 => k,
        _ => throw new ShapeException("embedding-bag", "ids (T, N, L), weight (T, K, D)", ("ids", ids), ("weight", weight)),
    };
}
