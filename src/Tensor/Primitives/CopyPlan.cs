namespace IlgpuVq.Tensors.Primitives;

/// <summary>A block of elements that lies in two arrays, each with its own strides: what to read and where to put it.</summary>
/// <remarks>Axes of length 1 are dropped; neighbours that both sides walk without a gap are merged.</remarks>
internal sealed class CopyPlan
{
    /// <param name="op">Names the op in errors.</param>
    /// <param name="shape">The array, for errors.</param>
    /// <param name="lengths">Axis lengths of the block, in the order of the target.</param>
    /// <param name="sourceStrides">The source's step along each of them, in elements.</param>
    /// <param name="targetStrides">The target's step along each of them.</param>
    /// <exception cref="ShapeException">Too many axes are left after merging.</exception>
    public CopyPlan(
        string op, Shape shape, ReadOnlySpan<int> lengths, ReadOnlySpan<int> sourceStrides, ReadOnlySpan<int> targetStrides)
    {
        var (merged, sources, targets) = (new List<int>(), new List<int>(), new List<int>());
        Size = 1;
        for (var axis = 0; axis < lengths.Length; axis++)
        {
            var length = lengths[axis];
            Size *= length;
            if (length == 1)
            {
                continue;
            }

            if (merged.Count > 0 && sources[^1] == sourceStrides[axis] * length && targets[^1] == targetStrides[axis] * length)
            {
                length *= merged[^1];
                merged.RemoveAt(merged.Count - 1);
                sources.RemoveAt(sources.Count - 1);
                targets.RemoveAt(targets.Count - 1);
            }

            merged.Add(length);
            sources.Add(sourceStrides[axis]);
            targets.Add(targetStrides[axis]);
        }

        if (merged.Count > StridedIndex.MaxAxes)
        {
            throw new ShapeException(op, $"at most {StridedIndex.MaxAxes} axes that cannot be merged", ("x", shape));
        }

        (Lengths, SourceStrides, TargetStrides) = ([.. merged], [.. sources], [.. targets]);
    }

    /// <summary>Number of elements.</summary>
    public int Size { get; }

    /// <summary>The block has no gaps on either side, and the same order on both.</summary>
    public bool IsDense => SourceStrides is [] or [1] && TargetStrides is [] or [1];

    public int[] Lengths { get; }

    public int[] SourceStrides { get; }

    public int[] TargetStrides { get; }

    /// <summary>The axis along which the source's neighbours lie, −1 for none; a single element is its own neighbour.</summary>
    public int SourceInner => Array.LastIndexOf(SourceStrides, 1);

    /// <summary>Where the i-th element of a walk over all axes but two lies in source and target; pass −1 to leave out
    /// fewer.</summary>
    public (StridedIndex Source, StridedIndex Target, int Size) Walk(int without, int andWithout)
    {
        Span<int> lengths = stackalloc int[StridedIndex.MaxAxes];
        Span<int> sources = stackalloc int[StridedIndex.MaxAxes];
        Span<int> targets = stackalloc int[StridedIndex.MaxAxes];
        var (kept, size) = (0, 1);
        for (var axis = 0; axis < Lengths.Length; axis++)
        {
            if (axis != without && axis != andWithout)
            {
                (lengths[kept], sources[kept], targets[kept]) = (Lengths[axis], SourceStrides[axis], TargetStrides[axis]);
                size *= Lengths[axis];
                kept++;
            }
        }

        return (new StridedIndex(lengths[..kept], sources[..kept]), new StridedIndex(lengths[..kept], targets[..kept]), size);
    }
}
