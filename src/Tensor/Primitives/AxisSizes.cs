namespace IlgpuVq.Tensors.Primitives;

/// <summary>A dense tensor seen along one of its axes: (Outer, Length, Inner), with Outer the product of the lengths before the
/// axis and Inner that of those behind it.</summary>
/// <remarks>A line is what one walk along the axis meets: Length elements, Inner apart. A plain value of 32-bit numbers: kernels
/// take it as a parameter.</remarks>
internal readonly record struct AxisSizes(int Outer, int Length, int Inner)
{
    /// <summary>Number of lines.</summary>
    public int Lines => Outer * Inner;

    /// <exception cref="ShapeException">The axis is not one of x's.</exception>
    public static (int Axis, AxisSizes Sizes) Check(string op, Shape x, int axis)
    {
        var index = Axis.Check(op, x, axis);
        var (outer, inner) = (1, 1);
        for (var i = 0; i < x.Rank; i++)
        {
            outer *= i < index ? x[i] : 1;
            inner *= i > index ? x[i] : 1;
        }

        return (index, new AxisSizes(outer, x[index], inner));
    }

    /// <summary>The first element of a line, lines counted as they lie in memory.</summary>
    public int First(int line)
    {
        var outer = line / Inner;
        return outer * Length * Inner + (line - outer * Inner);
    }

    /// <summary>Number of blocks of at most <paramref name="width"/> neighbouring lines: what one step of host code
    /// does.</summary>
    public int Blocks(int width) => Inner == 0 ? 0 : Outer * ((Inner - 1) / width + 1);

    /// <summary>The first element of a block, its place in a tensor without the axis, and its number of lines.</summary>
    public (nint First, nint Line, int Count) Block(int block, int width)
    {
        var perOuter = (Inner - 1) / width + 1;
        var outer = block / perOuter;
        var column = (block - outer * perOuter) * width;
        return ((nint)outer * Length * Inner + column, (nint)outer * Inner + column, Math.Min(width, Inner - column));
    }
}
