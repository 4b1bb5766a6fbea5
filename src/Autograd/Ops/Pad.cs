using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A border of one value around a tensor.</summary>
/// <remarks>
/// <para>Shapes: x any; before, after a count of at least 0 for each axis → y with lengths before + length + after.</para>
/// <para>Gradient: dX is dY without the border.</para>
/// <para>NaN and ∞ pass. Deterministic.</para>
/// </remarks>
public static class Pad
{
    /// <exception cref="ShapeException">There is not one count per axis, or one is negative.</exception>
    public static Variable Apply(Variable x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value = 0)
    {
        var y = Primitive.Pad(x.Value, before, after, value);
        var starts = before.ToArray();
        return x.Tape.Record("pad", y, inputs: [x], dY => [Crop(dY, starts, x.Shape)]);
    }

    private static Tensor<float> Crop(Tensor<float> dY, int[] starts, Shape shape)
    {
        var part = dY.Share();
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            if (part.Shape[axis] != shape[axis])
            {
                using var larger = part;
                part = Primitive.Slice(larger, axis, starts[axis], shape[axis]);
            }
        }

        return part;
    }
}
