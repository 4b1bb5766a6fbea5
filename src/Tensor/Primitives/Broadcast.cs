namespace IlgpuVq.Tensors.Primitives;

/// <summary>Shapes stretched to a common one, as NumPy does: aligned at the last axis, axes of length 1 repeat.</summary>
/// <remarks>Axes that all operands walk in the same way are merged, so that most calls come down to one or two axes.</remarks>
internal readonly struct Broadcast
{
    private readonly StridedIndex[] operands;

    private Broadcast(Shape result, StridedIndex[] operands) => (Result, this.operands) = (result, operands);

    public Shape Result { get; }

    /// <summary>How to read an operand while the result is walked in order.</summary>
    public StridedIndex this[int operand] => operands[operand];

    /// <exception cref="ShapeException">An axis differs and neither length is 1, or too many
    /// axes are left after merging.</exception>
    public static Broadcast Of(string op, params ReadOnlySpan<(string Name, Shape Shape)> shapes)
    {
        var result = ResultShape(op, shapes);
        var strides = new int[shapes.Length][]; // of each operand along the merged axes, outermost first
        var lengths = new List<int>();
        for (var i = 0; i < shapes.Length; i++)
        {
            strides[i] = StretchedStrides(shapes[i].Shape, result);
        }

        for (var axis = 0; axis < result.Rank; axis++)
        {
            var length = result[axis];
            if (length == 1)
            {
                continue;
            }

            var merged = lengths.Count;
            if (merged > 0 && Continues(strides, merged - 1, axis, length))
            {
                merged--;
                length *= lengths[merged];
                lengths.RemoveAt(merged);
            }

            lengths.Add(length);
            foreach (var own in strides)
            {
                own[merged] = own[axis];
            }
        }

        if (lengths.Count > StridedIndex.MaxAxes)
        {
            throw new ShapeException(op, $"at most {StridedIndex.MaxAxes} axes that broadcast differently", shapes);
        }

        return new Broadcast(
            result, Array.ConvertAll(strides, own => new StridedIndex(lengths.ToArray(), own.AsSpan(0, lengths.Count))));
    }

    private static Shape ResultShape(string op, ReadOnlySpan<(string Name, Shape Shape)> shapes)
    {
        var rank = 0;
        foreach (var (_, shape) in shapes)
        {
            rank = Math.Max(rank, shape.Rank);
        }

        var lengths = new int[rank];
        lengths.AsSpan().Fill(1);
        foreach (var (_, shape) in shapes)
        {
            for (var axis = rank - shape.Rank; axis < rank; axis++)
            {
                var length = shape[axis - rank + shape.Rank];
                if (length != 1 && lengths[axis] != 1 && length != lengths[axis])
                {
                    throw new ShapeException(
                        op, "shapes that broadcast: from the last axis on, equal lengths or one of them 1", shapes);
                }

                lengths[axis] = length == 1 ? lengths[axis] : length;
            }
        }

        return Shape.Create(lengths);
    }

    /// <summary>Whether, for all operands, one step along a merged axis is a whole walk along the next one.</summary>
    private static bool Continues(int[][] strides, int merged, int axis, int length)
    {
        foreach (var own in strides)
        {
            if (own[merged] != own[axis] * length)
            {
                return false;
            }
        }

        return true;
    }

    private static int[] StretchedStrides(Shape shape, Shape result)
    {
        var own = shape.Strides();
        var strides = new int[result.Rank];
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            strides[result.Rank - shape.Rank + axis] = shape[axis] == 1 ? 0 : own[axis];
        }

        return strides;
    }
}
