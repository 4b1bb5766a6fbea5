using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Tensors one after another along an axis.</summary>
    /// <remarks>Shapes: parts that differ on that axis alone → y whose axis is the sum of theirs. A negative axis counts from the
    /// end.</remarks>
    /// <exception cref="ShapeException">No parts, no such axis, or parts that differ on another axis.</exception>
    public static Tensor<T> Concat<T>(int axis, params ReadOnlySpan<Tensor<T>> parts)
        where T : unmanaged
    {
        var shapes = new Shape[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            shapes[i] = parts[i].Shape;
        }

        (axis, var result) = ConcatKernels.CheckShapes(axis, shapes);
        var strides = result.Strides();
        var plans = Array.ConvertAll(shapes, shape => new CopyPlan("concat", shape, shape.AsSpan(), shape.Strides(), strides));
        var y = parts[0].Device.Empty<T>(result);
        var start = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            StridedCopy.Run(plans[i], parts[i], sourceStart: 0, y, start * strides[axis]);
            start += shapes[i][axis];
        }

        y.Device.Trace?.Record(parts.Length, y, new ConcatOperation(axis), [.. parts]);
        return y;
    }
}

internal static class ConcatKernels
{
    internal static (int Axis, Shape Result) CheckShapes(int axis, ReadOnlySpan<Shape> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ShapeException("concat", "at least one tensor", "none");
        }

        var index = Axis.Check("concat", parts[0], axis);
        var length = 0L;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Rank != parts[0].Rank || parts[i].With(index, 0) != parts[0].With(index, 0))
            {
                throw new ShapeException(
                    "concat", $"tensors that differ on axis {axis} alone", ("part 0", parts[0]), ($"part {i}", parts[i]));
            }

            length += parts[i][index];
        }

        return (index, parts[0].With(index, checked((int)length)));
    }
}
