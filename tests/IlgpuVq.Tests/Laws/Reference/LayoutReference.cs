using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Ops that move elements and compute nothing.</summary>
internal static class LayoutReference
{
    public static DoubleTensor Reshape(DoubleTensor x, Shape shape) => new(shape, x.Values);

    /// <summary>Axis i of the result is axis axes[i] of x.</summary>
    public static DoubleTensor Permute(DoubleTensor x, int[] axes)
    {
        var y = DoubleTensor.Zeros(Shape.Create([.. axes.Select(axis => x.Shape[axis])]));
        foreach (var at in DoubleTensor.Indices(x.Shape))
        {
            y[[.. axes.Select(axis => at[axis])]] = x[at];
        }

        return y;
    }

    public static DoubleTensor Concat(int axis, DoubleTensor[] parts)
    {
        var y = DoubleTensor.Zeros(parts[0].Shape.With(axis, parts.Sum(part => part.Shape[axis])));
        var start = 0;
        foreach (var part in parts)
        {
            foreach (var at in DoubleTensor.Indices(part.Shape))
            {
                y[Shifted(at, axis, start)] = part[at];
            }

            start += part.Shape[axis];
        }

        return y;
    }

    public static DoubleTensor Slice(DoubleTensor x, int axis, int start, int length, int step = 1) => DoubleTensor.Build(
        x.Shape.With(axis, length), at => x[[.. at.Select((index, i) => i == axis ? start + index * step : index)]]);

    public static DoubleTensor Pad(DoubleTensor x, int[] before, int[] after, double value)
    {
        var y = DoubleTensor.Zeros(Shape.Create([.. x.Shape.Select((length, axis) => before[axis] + length + after[axis])]));
        Array.Fill(y.Values, value);
        foreach (var at in DoubleTensor.Indices(x.Shape))
        {
            int[] to = [.. at.Select((index, axis) => index + before[axis])];
            if (to.Select((index, axis) => index >= 0 && index < y.Shape[axis]).All(isInside => isInside))
            {
                y[to] = x[at];
            }
        }

        return y;
    }

    /// <summary>A border of the tensor itself: indices outside of an axis are mirrored at its ends, or moved to the nearest
    /// one.</summary>
    public static DoubleTensor Pad(DoubleTensor x, int[] before, int[] after, PadMode mode) => DoubleTensor.Build(
        Shape.Create([.. x.Shape.Select((length, axis) => before[axis] + length + after[axis])]),
        at => x[[.. at.Select((index, axis) => (index - before[axis], x.Shape[axis] - 1) switch
        {
            (var i, var last) when mode == PadMode.Replicate => Math.Clamp(i, 0, last),
            ( < 0 and var i, _) => -i,
            (var i, var last) => i <= last ? i : last - (i - last),
        })]]);

    public static DoubleTensor Expand(DoubleTensor x, Shape shape) =>
        ElementwiseReference.Zip(x, DoubleTensor.Zeros(shape), (value, _) => value);

    /// <summary>a where the condition is not 0, else b.</summary>
    public static DoubleTensor Where(DoubleTensor condition, DoubleTensor a, DoubleTensor b)
    {
        var shape = ElementwiseReference.CommonShape(condition.Shape, ElementwiseReference.CommonShape(a.Shape, b.Shape));
        var (fromA, fromB) = (Expand(a, shape), Expand(b, shape));
        var whether = Expand(condition, shape);
        return DoubleTensor.Build(shape, at => whether[at] != 0 ? fromA[at] : fromB[at]);
    }

    /// <summary>y[…, n, …] = x[…, ids[n], …] along an axis; NaN for an id outside of it.</summary>
    public static DoubleTensor IndexSelect(DoubleTensor x, int axis, int[] ids) => DoubleTensor.Build(
        x.Shape.With(axis, ids.Length),
        at => ids[at[axis]] >= 0 && ids[at[axis]] < x.Shape[axis]
            ? x[[.. at.Select((index, i) => i == axis ? ids[index] : index)]] : double.NaN);

    /// <summary>Output pixel (h, w) shows input pixel (⌊h·H/height⌋, ⌊w·W/width⌋).</summary>
    public static DoubleTensor NearestResize(DoubleTensor x, int height, int width) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1], height, width],
        at => x[at[0], at[1], at[2] * x.Shape[2] / height, at[3] * x.Shape[3] / width]);

    private static int[] Shifted(int[] at, int axis, int by) => [.. at.Select((index, k) => k == axis ? index + by : index)];
}
