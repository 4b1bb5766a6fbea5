using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A border around a tensor: of one value, or of the tensor itself, mirrored or with its outermost elements
/// repeated.</summary>
/// <remarks>
/// <para>Shapes: x any; before, after a count for each axis, below 0 to take elements away → y with lengths before + length +
/// after. A mirrored border is shorter than its axis.</para>
/// <para>Gradient: each element of dX sums dY over the places that show it: one, and those of the border.</para>
/// <para>NaN and ∞ pass. Deterministic: the sums have a fixed order. Borders of the tensor itself are made one axis after the
/// other.</para>
/// </remarks>
public static class Pad
{
    /// <param name="x">What is surrounded.</param>
    /// <param name="before">More elements at the start of each axis.</param>
    /// <param name="after">More elements at the end of each axis.</param>
    /// <param name="value">What a constant border shows.</param>
    /// <param name="mode">What the border shows.</param>
    /// <exception cref="ShapeException">There is not one count per axis, more is taken away than there is, or a border of the
    /// tensor itself is too long.</exception>
    public static Variable Apply(
        Variable x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value = 0, PadMode mode = PadMode.Constant)
    {
        var (starts, ends) = (before.ToArray(), after.ToArray());
        if (mode != PadMode.Constant)
        {
            return x.Tape.Record(
                "pad", Primitive.Pad(x.Value, before, after, mode), inputs: [x],
                dY => [Primitive.PadGradient(dY, x.Shape, starts, ends, mode)]);
        }

        var y = Primitive.Pad(x.Value, before, after, value);
        int[] back = [.. starts.Select(count => -count)], behind = [.. ends.Select(count => -count)];
        return x.Tape.Record("pad", y, inputs: [x], dY => [Primitive.Pad(dY, back, behind)]);
    }
}
