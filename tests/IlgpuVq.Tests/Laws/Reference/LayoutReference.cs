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

    public static DoubleTensor Slice(DoubleTensor x, int axis, int start, int length) =>
        DoubleTensor.Build(x.Shape.With(axis, length), at => x[Shifted(at, axis, start)]);

    public static DoubleTensor Pad(DoubleTensor x, int[] before, int[] after, double value)
    {
        var y = DoubleTensor.Zeros(Shape.Create([.. x.Shape.Select((length, axis) => before[axis] + length + after[axis])]));
        Array.Fill(y.Values, value);
        foreach (var at in DoubleTensor.Indices(x.Shape))
        {
            y[[.. at.Select((index, axis) => index + before[axis])]] = x[at];
        }

        return y;
    }

    /// <summary>Output pixel (h, w) shows input pixel (⌊h·H/height⌋, ⌊w·W/width⌋).</summary>
    public static DoubleTensor NearestResize(DoubleTensor x, int height, int width) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1], height, width],
        at => x[at[0], at[1], at[2] * x.Shape[2] / height, at[3] * x.Shape[3] / width]);

    private static int[] Shifted(int[] at, int axis, int by) => [.. at.Select((index, k) => k == axis ? index + by : index)];
}
