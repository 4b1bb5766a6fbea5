using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Surrounds x by a constant: <c>before[i]</c> more elements at the start of axis i, <c>after[i]</c> at its end;
    /// as many less where that is below 0.</summary>
    /// <remarks>Shapes: x any; before, after one number per axis → y with axis i of length <c>before[i] + x[i] +
    /// after[i]</c>.</remarks>
    /// <exception cref="ShapeException">Not one width per axis, or more is taken away than there is.</exception>
    public static Tensor<float> Pad(Tensor<float> x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value = 0)
    {
        var result = PadKernels.CheckShapes(x.Shape, before, after);
        var (sources, targets) = (x.Shape.Strides(), result.Strides());
        var (sourceStart, targetStart) = (0, 0);
        var kept = new int[x.Shape.Rank];
        for (var axis = 0; axis < before.Length; axis++)
        {
            kept[axis] = x.Shape[axis] + Math.Min(before[axis], 0) + Math.Min(after[axis], 0);
            sourceStart += Math.Max(-before[axis], 0) * sources[axis];
            targetStart += Math.Max(before[axis], 0) * targets[axis];
        }

        var plan = new CopyPlan("pad", x.Shape, kept, sources, targets);
        var y = x.Device.Empty<float>(result);
        if (result.Size > plan.Size)
        {
            FillInto(y, value);
        }

        StridedCopy.Run(plan, x, sourceStart, y, targetStart);
        x.Device.Trace?.Record(y, new PadOperation([.. before], [.. after], PadMode.Constant, value), x);
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
            fits = x[axis] + Math.Min(before[axis], 0) + Math.Min(after[axis], 0) >= 0;
            lengths[axis] = checked(before[axis] + x[axis] + after[axis]);
        }

        return fits
            ? Shape.Create(lengths)
            : throw new ShapeException("pad", $"{x.Rank} widths before and after that leave lengths of at least 0",
                $"before [{string.Join(", ", before.ToArray())}], after [{string.Join(", ", after.ToArray())}] of x {x}");
    }
}
