namespace IlgpuVq.Tensors.Primitives;

/// <summary>How a normalization groups the rows of x, a row being the pixels of one channel of one image: row = b·C +
/// c.</summary>
/// <remarks>Batch norm has a group per channel, group norm one per image and group of channels. A plain value of 32-bit numbers:
/// kernels take it as a parameter.</remarks>
/// <param name="Images">B.</param>
/// <param name="Channels">C.</param>
/// <param name="Pixels">Elements in a row, the product of the axes behind C.</param>
/// <param name="Groups">Sets of rows with a mean and a deviation of their own.</param>
/// <param name="RowsPerGroup">Rows in each.</param>
/// <param name="GroupStep">From the first row of a group to that of the next.</param>
/// <param name="RowStep">From one row of a group to the next.</param>
internal readonly record struct NormRows(
    int Images, int Channels, int Pixels, int Groups, int RowsPerGroup, int GroupStep, int RowStep)
{
    /// <summary>B·C.</summary>
    public int Rows => Images * Channels;

    /// <summary>Elements in a group.</summary>
    public int GroupSize => RowsPerGroup * Pixels;

    /// <summary>One group per channel.</summary>
    public static NormRows PerChannel(Shape x) => new(x[0], x[1], PixelsOf(x), x[1], x[0], GroupStep: 1, RowStep: x[1]);

    /// <summary>One group per image and <paramref name="groups"/>-th part of its channels.</summary>
    public static NormRows PerImage(Shape x, int groups)
    {
        var channels = x[1] / groups;
        return new(x[0], x[1], PixelsOf(x), x[0] * groups, channels, GroupStep: channels, RowStep: 1);
    }

    /// <summary>A row of a group, counted from 0.</summary>
    public int Row(int group, int index) => group * GroupStep + index * RowStep;

    /// <summary>The group of a row: rows of one are next to each other, or one from each group takes turns.</summary>
    public int GroupOf(int row) => RowStep == 1 ? row / RowsPerGroup : row % Groups;

    /// <exception cref="ShapeException">x has no channel axis, or weight or bias is not (C).</exception>
    public static void CheckShapes(string op, Shape x, Shape? weight, Shape? bias)
    {
        if (x.Rank < 2 || weight is { } w && w != [x[1]] || bias is { } b && b != [x[1]])
        {
            throw new ShapeException(
                op, "x (B, C, …), weight and bias (C) or none",
                $"x {x}, weight {weight?.ToString() ?? "none"}, bias {bias?.ToString() ?? "none"}");
        }
    }

    /// <exception cref="ShapeException">dY is not of x's shape.</exception>
    public static void CheckGradient(string op, Shape dY, Shape x)
    {
        if (dY != x)
        {
            throw new ShapeException(op, "dY of x's shape", ("dY", dY), ("x", x));
        }
    }

    /// <exception cref="ShapeException">Mean or rstd is not one number per group.</exception>
    public static void CheckStatistics(string op, Shape expected, Shape mean, Shape rstd)
    {
        if (mean != expected || rstd != expected)
        {
            throw new ShapeException(op, $"mean and rstd {expected}", ("mean", mean), ("rstd", rstd));
        }
    }

    /// <exception cref="ShapeException">There are groups and they have no elements.</exception>
    public void CheckNotEmpty(string op, Shape x)
    {
        if (Groups > 0 && GroupSize == 0)
        {
            throw new ShapeException(op, "at least one element for each mean", ("x", x));
        }
    }

    private static int PixelsOf(Shape x)
    {
        var pixels = 1;
        for (var axis = 2; axis < x.Rank; axis++)
        {
            pixels *= x[axis];
        }

        return pixels;
    }
}
