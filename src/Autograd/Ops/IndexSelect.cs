using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The elements of an axis that ids name, <c>y[…, n, …] = x[…, ids[n], …]</c>.</summary>
/// <remarks>
/// <para>Shapes: x any, ids (N) → y with that axis of length N; axis −1 is the last.</para>
/// <para>Gradient: dX[…, k, …] = Σₙ [ids[n] = k] · dY[…, n, …]; ids has none.</para>
/// <para>NaN and ∞ pass. An id outside of the axis gives NaN, and its gradient is left out: a kernel cannot throw.</para>
/// <para>Deterministic: each element of dX has one owner, which adds over n in order. No atomics.</para>
/// </remarks>
public static class IndexSelect
{
    /// <exception cref="ShapeException">The axis does not exist, or ids is not (N).</exception>
    public static Variable Apply(Variable x, int axis, Tensor<int> ids)
    {
        var y = Primitive.IndexSelect(x.Value, axis, ids);
        var kept = ids.Share();
        var length = x.Shape[axis < 0 ? axis + x.Shape.Rank : axis];
        return x.Tape.Record(
            "index-select", y, inputs: [x], dY => [Primitive.IndexSelectGradient(dY, axis, kept, length)], saved: kept);
    }
}
