using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>A range of one axis: <c>y[…, i, …] = x[…, start + i, …]</c>.</summary>
    /// <remarks>Shapes: x any → y with the axis of the given length, which may be 0.
    /// A negative axis counts from the end.</remarks>
    /// <exception cref="ShapeException">No such axis, or the range is not within it.</exception>
    public static Tensor<T> Slice<T>(Tensor<T> x, int axis, int start, int length)
        where T : unmanaged
    {
        axis = SliceKernels.CheckShapes(x.Shape, axis, start, length);
        var result = x.Shape.With(axis, length);
        var strides = x.Shape.Strides();
        var plan = new CopyPlan("slice", x.Shape, result.AsSpan(), strides, result.Strides());
        var y = x.Device.Empty<T>(result);
        StridedCopy.Run(plan, x, start * strides[axis], y, targetStart: 0);
        x.Device.Trace?.Record(y, new SliceOperation(axis, start, Step: 1), x);
        return y;
    }
}

internal static class SliceKernels
{
    internal static int CheckShapes(Shape x, int axis, int start, int length)
    {
        var index = Axis.Check("slice", x, axis);
        return start >= 0 && length >= 0 && start <= x[index] - length
            ? index
            : throw new ShapeException(
                "slice", $"a range within [0, {x[index]}) on axis {axis}", $"start {start}, length {length} of x {x}");
    }
}
