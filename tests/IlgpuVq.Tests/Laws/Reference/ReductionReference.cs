using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Reductions over chosen axes; an empty list of axes means all of them, a negative axis counts from the end.</summary>
internal static class ReductionReference
{
    public static DoubleTensor Sum(DoubleTensor x, int[] axes, bool keepDims) =>
        Reduce(x, axes, keepDims, start: 0, (sum, value) => sum + value);

    public static DoubleTensor Mean(DoubleTensor x, int[] axes, bool keepDims)
    {
        var isReduced = Reduced(x.Shape, axes);
        var count = x.Shape.Where((_, axis) => isReduced[axis]).Aggregate(1, (product, length) => product * length);
        return Sum(x, axes, keepDims).Map(sum => sum / count);
    }

    public static DoubleTensor Max(DoubleTensor x, int[] axes, bool keepDims) =>
        Reduce(x, axes, keepDims, double.NegativeInfinity, (max, value) => double.IsNaN(max) || max >= value ? max : value);

    /// <summary>The sum of the elements up to each one along an axis, or from it on.</summary>
    public static DoubleTensor CumulativeSum(DoubleTensor x, int axis, bool reverse) => DoubleTensor.Build(x.Shape, at =>
        Enumerable.Range(0, x.Shape[axis]).Where(k => reverse ? k >= at[axis] : k <= at[axis])
            .Sum(k => x[[.. at.Select((index, i) => i == axis ? k : index)]]));

    /// <summary>The smallest distance between a maximum and the next smaller element that competes with it.</summary>
    public static double GapToSecond(DoubleTensor x, int[] axes)
    {
        var max = Max(x, axes, keepDims: true);
        var isReduced = Reduced(x.Shape, axes);
        var gap = double.PositiveInfinity;
        foreach (var group in DoubleTensor.Indices(x.Shape).GroupBy(at => string.Join(',', Kept(at, isReduced, keepDims: true))))
        {
            var sorted = group.Select(at => x[at]).OrderDescending().Take(2).ToArray();
            gap = sorted.Length == 2 ? Math.Min(gap, sorted[0] - sorted[1]) : gap;
        }

        return gap;
    }

    private static DoubleTensor Reduce(DoubleTensor x, int[] axes, bool keepDims, double start, Func<double, double, double> step)
    {
        var isReduced = Reduced(x.Shape, axes);
        var result = DoubleTensor.Zeros(Kept([.. x.Shape], isReduced, keepDims, lengthOfReduced: 1));
        Array.Fill(result.Values, start);
        foreach (var at in DoubleTensor.Indices(x.Shape))
        {
            var to = Kept(at, isReduced, keepDims);
            result[to] = step(result[to], x[at]);
        }

        return result;
    }

    private static bool[] Reduced(Shape shape, int[] axes)
    {
        var isReduced = new bool[shape.Rank];
        Array.Fill(isReduced, axes.Length == 0);
        foreach (var axis in axes)
        {
            isReduced[axis < 0 ? axis + shape.Rank : axis] = true;
        }

        return isReduced;
    }

    private static Shape Kept(int[] lengths, bool[] isReduced, bool keepDims, int lengthOfReduced) =>
        Shape.Create([.. lengths.Select((length, axis) => isReduced[axis] ? lengthOfReduced : length)
            .Where((_, axis) => keepDims || !isReduced[axis])]);

    private static int[] Kept(int[] at, bool[] isReduced, bool keepDims) =>
        [.. at.Select((index, axis) => isReduced[axis] ? 0 : index).Where((_, axis) => keepDims || !isReduced[axis])];
}
