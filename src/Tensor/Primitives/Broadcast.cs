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
        var rank = result.Rank;
        Span<int> lengths = stackalloc int[rank];
        Span<int> strides = stackalloc int[shapes.Length * rank]; // operand by operand; merged axes take the first places
        for (var i = 0; i < shapes.Length; i++)
        {
            StretchStrides(shapes[i].Shape, result, strides.Slice(i * rank, rank));
        }

        var axes = 0;
        for (var axis = 0; axis < rank; axis++)
        {
            var length = result[axis];
            if (length == 1)
            {
                continue;
            }

            if (axes > 0 && Continues(strides, rank, axes - 1, axis, length))
            {
                axes--;
                length *= lengths[axes];
            }

            lengths[axes] = length;
            for (var from = 0; from < strides.Length; from += rank)
            {
                strides[from + axes] = strides[from + axis];
            }

            axes++;
        }

        if (axes > StridedIndex.MaxAxes)
        {
            throw new ShapeException(op, $"at most {StridedIndex.MaxAxes} axes that broadcast differently", shapes);
        }

        var operands = new StridedIndex[shapes.Length];
        for (var i = 0; i < operands.Length; i++)
        {
            operands[i] = new StridedIndex(lengths[..axes], strides.Slice(i * rank, axes));
        }

        return new Broadcast(result, operands);
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
    private static bool Continues(ReadOnlySpan<int> strides, int rank, int merged, int axis, int length)
    {
        for (var from = 0; from < strides.Length; from += rank)
        {
            if (strides[from + merged] != strides[from + axis] * length)
            {
                return false;
            }
        }

        return true;
    }

    private static void StretchStrides(Shape shape, Shape result, Span<int> strides)
    {
        strides.Clear();
        var stride = 1;
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
        {
            strides[result.Rank - shape.Rank + axis] = shape[axis] == 1 ? 0 : stride;
            stride *= shape[axis];
        }
    }
}
