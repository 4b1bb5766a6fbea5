using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sums rows by id, <c>y[k, :] = Σₙ [ids[n] = k] · values[n, :]</c>: the adjoint of <see cref="Embedding"/>.</summary>
/// <remarks>
/// <para>Shapes: values (N, D), ids (N) → y (rows, D). A row whose id is outside [0, rows) is left out.</para>
/// <para>Gradient: dValues[n, :] = dY[ids[n], :], 0 for a row that was left out; ids has none.</para>
/// <para>NaN spreads to its sum. Deterministic: each (k, d) has one owner, which adds over n in order. No atomics.</para>
/// </remarks>
public static class ScatterAdd
{
    /// <exception cref="ShapeException">values is not (N, D), or ids is not (N).</exception>
    public static Variable Apply(Variable values, Tensor<int> ids, int rows)
    {
        var y = Primitive.ScatterAddRows(values.Value, ids, rows);
        var kept = ids.Share();
        return values.Tape.Record(
            "scatter-add", y, inputs: [values], dY => [Primitive.GatherRows(dY, kept, missing: 0)], saved: kept);
    }
}
