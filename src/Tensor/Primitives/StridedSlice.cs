using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Every step-th element of an axis, backwards too.</content>
public static partial class Primitive
{
    /// <summary>A part of one axis in steps, <c>y[…, i, …] = x[…, start + i·step, …]</c>; a step of −1 reverses.</summary>
    /// <remarks>Shapes: x any → y with the axis of the given length, which may be 0. A negative axis counts from the
    /// end.</remarks>
    /// <exception cref="ShapeException">No such axis, a step of 0, or an element that is not on the axis.</exception>
    public static Tensor<float> Slice(Tensor<float> x, int axis, int start, int length, int step)
    {
        var (index, sizes) = StridedSlice.CheckShapes(x.Shape, axis, start, length, step);
        var y = AxisGather.Read(x, index, length, sizes, new StepMap(start, step));
        x.Device.Trace?.Record(y, new SliceOperation(index, start, step), x);
        return y;
    }

    /// <summary>dX of <see cref="Slice"/>: dY at its places in a tensor of x's shape, 0 between them.</summary>
    /// <exception cref="ShapeException">As of the slice, or dY is not of its shape.</exception>
    public static Tensor<float> SliceGradient(Tensor<float> dY, Shape x, int axis, int start, int step)
    {
        var index = Axis.Check("slice", x, axis);
        var sizes = dY.Shape.Rank == x.Rank && dY.Shape.With(index, 0) == x.With(index, 0)
            ? StridedSlice.CheckShapes(x, axis, start, dY.Shape[index], step).Sizes
            : throw new ShapeException("slice", $"dY that differs from x on axis {index} alone", ("dY", dY.Shape), ("x", x));
        return AxisGather.Sum(dY, index, sizes, new StepMap(start, step));
    }
}

/// <summary>What a slice in steps may be.</summary>
internal static class StridedSlice
{
    public static (int Axis, AxisSizes Sizes) CheckShapes(Shape x, int axis, int start, int length, int step)
    {
        var (index, sizes) = AxisSizes.Check("slice", x, axis);
        var last = start + (length - 1L) * step;
        var isWithin = length == 0 || (start >= 0 && start < sizes.Length && last >= 0 && last < sizes.Length);
        return length >= 0 && step != 0 && isWithin
            ? (index, sizes)
            : throw new ShapeException(
                "slice", $"steps within [0, {sizes.Length}) on axis {axis}",
                $"start {start}, length {length}, step {step} of x {x}");
    }
}
