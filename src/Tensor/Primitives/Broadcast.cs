namespace IlgpuVq.Tensors.Primitives;

/// <summary>Two shapes stretched to a common one, as NumPy does: aligned at the last axis, axes of length 1 repeat.</summary>
/// <remarks>Axes that both operands walk in the same way are merged, so that most calls come down to one or two axes.</remarks>
internal readonly struct Broadcast
{
    private Broadcast(Shape result, StridedIndex a, StridedIndex b) => (Result, A, B) = (result, a, b);

    public Shape Result { get; }

    public StridedIndex A { get; }

    public StridedIndex B { get; }

    /// <exception cref="ShapeException">An axis differs and neither length is 1, or too many axes are left after merging.</exception>
    public static Broadcast Of(string op, Shape a, Shape b)
    {
        var result = ResultShape(op, a, b);
        var (stridesA, stridesB) = (StretchedStrides(a, result), StretchedStrides(b, result));
        Span<int> lengths = stackalloc int[result.Rank];
        Span<int> mergedA = stackalloc int[result.Rank];
        Span<int> mergedB = stackalloc int[result.Rank];
        var axes = 0;
        for (var axis = 0; axis < result.Rank; axis++)
        {
            var length = result[axis];
            if (length == 1)
            {
                continue;
            }

            // Axis k−1 continues axis k when one step of it is a whole walk along axis k, for both operands.
            if (axes > 0 && mergedA[axes - 1] == stridesA[axis] * length && mergedB[axes - 1] == stridesB[axis] * length)
            {
                axes--;
                length *= lengths[axes];
            }

            (lengths[axes], mergedA[axes], mergedB[axes]) = (length, stridesA[axis], stridesB[axis]);
            axes++;
        }

        if (axes > StridedIndex.MaxAxes)
        {
            throw new ShapeException(op, $"at most {StridedIndex.MaxAxes} axes that broadcast differently", ("a", a), ("b", b));
        }

        return new Broadcast(
            result, new StridedIndex(lengths[..axes], mergedA[..axes]), new StridedIndex(lengths[..axes], mergedB[..axes]));
    }

    public static Shape ResultShape(string op, Shape a, Shape b)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        var lengths = new int[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            var (lengthA, lengthB) = (LengthAt(a, axis - rank), LengthAt(b, axis - rank));
            if (lengthA != lengthB && lengthA != 1 && lengthB != 1)
            {
                throw new ShapeException(op, "shapes that broadcast: from the last axis on, equal lengths or one of them 1", ("a", a), ("b", b));
            }

            lengths[axis] = lengthA == 1 ? lengthB : lengthA;
        }

        return Shape.Create(lengths);
    }

    private static int LengthAt(Shape shape, int fromEnd) => -fromEnd <= shape.Rank ? shape[shape.Rank + fromEnd] : 1;

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
