using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Choice between two, <c>y = a where condition ≠ 0, else b</c>, with broadcasting.</summary>
/// <remarks>
/// <para>Shapes: condition, a, b that broadcast → y their common shape.</para>
/// <para>Gradient: dA = dY where a was chosen, else 0, and dB likewise, each summed over the axes along which its operand was
/// repeated; condition has none.</para>
/// <para>NaN and ∞ pass where they are chosen, and only there, so a gradient may be 0 where the other side has none. NaN in the
/// condition chooses a. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public static class Where
{
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Tensor<float> condition, Variable a, Variable b)
    {
        var tape = Tape.Of("where", a, b);
        var y = Primitive.Where(condition, a.Value, b.Value);
        var kept = condition.Share();
        return tape.Record("where", y, inputs: [a, b], dY =>
        {
            using var none = Primitive.Fill(dY.Device, [], 0);
            return
            [
                a.RequiresGradient ? Unbroadcast.To(a.Shape, Primitive.Where(kept, dY, none)) : null,
                b.RequiresGradient ? Unbroadcast.To(b.Shape, Primitive.Where(kept, none, dY)) : null,
            ];
        }, saved: kept);
    }
}
