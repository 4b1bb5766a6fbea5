using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The part start ≤ i &lt; start + length along one axis.</summary>
/// <remarks>
/// <para>Shapes: x any → y with that axis of the given length; axis −1 is the last.</para>
/// <para>Gradient: dX is dY at its place and 0 around it.</para>
/// <para>NaN and ∞ pass. Deterministic.</para>
/// </remarks>
public static class Slice
{
    /// <exception cref="ShapeException">The axis does not exist, or the part does not lie within it.</exception>
    public static Variable Apply(Variable x, int axis, int start, int length)
    {
        var y = Primitive.Slice(x.Value, axis, start, length);
        var before = new int[x.Shape.Rank];
        var after = new int[x.Shape.Rank];
        var along = axis < 0 ? axis + x.Shape.Rank : axis;
        (before[along], after[along]) = (start, x.Shape[along] - start - length);
        return x.Tape.Record("slice", y, inputs: [x], dY => [Primitive.Pad(dY, before, after)]);
    }
}
