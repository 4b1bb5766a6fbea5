namespace IlgpuVq.Tensors.Primitives;

/// <summary>Axis numbers as callers write them: negative ones count from the end.</summary>
internal static class Axis
{
    /// <exception cref="ShapeException">The axis is not one of x's.</exception>
    public static int Check(string op, Shape x, int axis)
    {
        var index = axis < 0 ? axis + x.Rank : axis;
        return index >= 0 && index < x.Rank
            ? index
            : throw new ShapeException(op, $"an axis in [{-x.Rank}, {x.Rank})", $"axis {axis} of x {x}");
    }

    /// <summary>Distinct axes as numbers from 0, in the order given.</summary>
    /// <exception cref="ShapeException">One is not an axis of x, or is named twice.</exception>
    public static int[] CheckDistinct(string op, Shape x, ReadOnlySpan<int> axes)
    {
        var result = new int[axes.Length];
        for (var i = 0; i < axes.Length; i++)
        {
            result[i] = axes[i] < 0 ? axes[i] + x.Rank : axes[i];
            if (result[i] < 0 || result[i] >= x.Rank || result.AsSpan(0, i).Contains(result[i]))
            {
                throw new ShapeException(
                    op, $"distinct axes in [{-x.Rank}, {x.Rank})", $"axes {string.Join(", ", axes.ToArray())} of x {x}");
            }
        }

        return result;
    }
}
