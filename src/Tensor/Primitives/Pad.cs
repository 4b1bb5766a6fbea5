namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Surrounds x by a constant: <c>before[i]</c> more elements at the start of axis i, <c>after[i]</c> at its
    /// end.</summary>
    /// <remarks>Shapes: x any; before, after one number per axis, at least 0 → y with axis i of length <c>before[i] + x[i] +
    /// after[i]</c>.</remarks>
    /// <exception cref="ShapeException">Not one width per axis, or a negative one.</exception>
    public static Tensor<float> Pad(Tensor<float> x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value = 0)
    {
        var result = PadKernels.CheckShapes(x.Shape, before, after);
        var strides = result.Strides();
        var plan = new CopyPlan("pad", x.Shape, x.Shape.AsSpan(), x.Shape.Strides(), strides);
        var start = 0;
        for (var axis = 0; axis < before.Length; axis++)
        {
            start += before[axis] * strides[axis];
        }

        var y = x.Device.Empty<float>(result);
        if (result.Size > x.Size)
        {
            Primitive.FillInto(y, value);
        }

        StridedCopy.Run(plan, x, sourceStart: 0, y, start);
        return y;
    }
}

internal static class PadKernels
{
    internal static Shape CheckShapes(Shape x, ReadOnlySpan<int> before, ReadOnlySpan<int> after)
    {
        var fits = before.Length == x.Rank && after.Length == x.Rank;
        var lengths = new int[x.Rank];
        for (var axis = 0; fits && axis < x.Rank; axis++)
        {
            fits = before[axis] >= 0 && after[axis] >= 0;
            lengths[axis] = checked(before[axis] + x[axis] + after[axis]);
        }

        return fits
            ? Shape.Create(lengths)
            : throw new ShapeException("pad", $"{x.Rank} widths of at least 0 before and after",
                $"before [{string.Join(", ", before.ToArray())}], after [{string.Join(", ", after.ToArray())}] of x {x}");
    }
}
