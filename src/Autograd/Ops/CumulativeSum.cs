using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Running sums along an axis, <c>y[…, k, …] = Σ x[…, j, …]</c> over j ≤ k, or j ≥ k in reverse.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same; axis −1 is the last.</para>
/// <para>Gradient: the running sums of dY from the other end.</para>
/// <para>NaN spreads to all sums that it is part of. Deterministic: each line has one owner and a fixed order.</para>
/// </remarks>
public static class CumulativeSum
{
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public static Variable Apply(Variable x, int axis = -1, bool reverse = false) => x.Tape.Record(
        "cumulative-sum", Primitive.CumulativeSum(x.Value, axis, reverse), inputs: [x],
        dY => [Primitive.CumulativeSum(dY, axis, !reverse)]);
}
