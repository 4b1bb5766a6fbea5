namespace IlgpuVq.Tensors.Primitives;

/// <summary>How a dense array is reduced: which elements belong to which output, and into how many slices their reduction is
/// cut.</summary>
/// <remarks>
/// <para>Axes of length 1 are dropped and neighbours of one kind merged, so that most calls come down to two or three
/// axes.</para>
/// <para>A slice of an output is one item of work and gives one partial result. The number of slices follows from the shape
/// alone.</para>
/// <para>A plain value of 32-bit numbers: kernels take it as a parameter.</para>
/// </remarks>
internal readonly struct ReducePlan
{
    /// <param name="op">Names the op in errors.</param>
    /// <param name="shape">The array.</param>
    /// <param name="isReduced">For each of its axes, whether it is reduced.</param>
    /// <exception cref="ShapeException">Too many axes are left after merging.</exception>
    public ReducePlan(string op, Shape shape, ReadOnlySpan<bool> isReduced)
    {
        Span<int> keptLengths = stackalloc int[shape.Rank];
        Span<int> keptStrides = stackalloc int[shape.Rank];
        Span<int> reducedLengths = stackalloc int[shape.Rank];
        Span<int> reducedStrides = stackalloc int[shape.Rank];
        var strides = shape.Strides();
        var (kept, reduced) = (0, 0);
        (Outputs, Count) = (1, 1);
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            if (isReduced[axis])
            {
                Count *= shape[axis];
                Append(reducedLengths, reducedStrides, ref reduced, shape[axis], strides[axis]);
            }
            else
            {
                Outputs *= shape[axis];
                Append(keptLengths, keptStrides, ref kept, shape[axis], strides[axis]);
            }
        }

        if (kept > StridedIndex.MaxAxes || reduced > StridedIndex.MaxAxes)
        {
            throw new ShapeException(op, $"at most {StridedIndex.MaxAxes} separate runs of reduced or kept axes", ("x", shape));
        }

        Kept = new StridedIndex(keptLengths[..kept], keptStrides[..kept]);
        Reduced = new StridedIndex(reducedLengths[..reduced], reducedStrides[..reduced]);
        HasReducedInside = kept == 0 || (reduced > 0 && reducedStrides[reduced - 1] < keptStrides[kept - 1]) ? 1 : 0;
    }

    private ReducePlan(StridedIndex kept, StridedIndex reduced, int outputs, int count, bool hasReducedInside) =>
        (Kept, Reduced, Outputs, Count, HasReducedInside) = (kept, reduced, outputs, count, hasReducedInside ? 1 : 0);

    /// <summary>The sum of the rows of a (rows, columns) array: what is left to do when slices have been reduced.</summary>
    public static ReducePlan OfRows(int rows, int columns) => columns == 1
        ? new(new StridedIndex([], []), new StridedIndex([rows], [1]), outputs: 1, rows, hasReducedInside: true)
        : new(new StridedIndex([columns], [1]), new StridedIndex([rows], [columns]), columns, rows, hasReducedInside: false);

    /// <summary>Where the elements of an output begin.</summary>
    public StridedIndex Kept { get; }

    /// <summary>Where an element of an output's reduction lies behind that.</summary>
    public StridedIndex Reduced { get; }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>Elements that are reduced to one output.</summary>
    public int Count { get; }

    /// <summary>1 when neighbours in memory belong to one output, 0 when they belong to neighbouring outputs.</summary>
    public int HasReducedInside { get; }

    /// <summary>Number of slices when each has at most <paramref name="sliceLength"/> elements, at least one.</summary>
    public int Slices(int sliceLength) => Math.Max(1, (int)(((long)Count + sliceLength - 1) / sliceLength));

    /// <summary>Adds an axis, or makes the last one longer where the new one continues it.</summary>
    private static void Append(Span<int> lengths, Span<int> strides, ref int axes, int length, int stride)
    {
        if (length == 1)
        {
            return;
        }

        if (axes > 0 && strides[axes - 1] == stride * length)
        {
            axes--;
            length *= lengths[axes];
        }

        (lengths[axes], strides[axes]) = (length, stride);
        axes++;
    }
}
