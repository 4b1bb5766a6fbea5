using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Part of one axis, <c>y[…, i, …] = x[…, start + i·step, …]</c> for 0 ≤ i &lt; length. A step of −1 reverses.</summary>
/// <remarks>
/// <para>Shapes: x any → y with that axis of the given length; axis −1 is the last.</para>
/// <para>Gradient: dX is dY at its places and 0 elsewhere.</para>
/// <para>NaN and ∞ pass. Deterministic.</para>
/// </remarks>
public static class Slice
{
    /// <exception cref="ShapeException">The axis does not exist, the step is 0, or the part does not lie within the
    /// axis.</exception>
    public static Variable Apply(Variable x, int axis, int start, int length, int step = 1)
    {
        if (step != 1)
        {
            return x.Tape.Record(
                "slice", Primitive.Slice(x.Value, axis, start, length, step), inputs: [x],
                dY => [Primitive.SliceGradient(dY, x.Shape, axis, start, step)]);
        }

        var y = Primitive.Slice(x.Value, axis, start, length);
        var before = new int[x.Shape.Rank];
        var after = new int[x.Shape.Rank];
        var along = axis < 0 ? axis + x.Shape.Rank : axis;
        (before[along], after[along]) = (start, x.Shape[along] - start - length);
        return x.Tape.Record("slice", y, inputs: [x], dY => [Primitive.Pad(dY, before, after)]);
    }
}
