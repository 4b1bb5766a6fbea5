namespace IlgpuVq.Tensors.Primitives;

/// <summary>The windows that a pooling lays over one axis: of one length and step, or as many as there are outputs. A plain value
/// of 32-bit numbers: kernels take it as a parameter.</summary>
/// <remarks>Windows rise, so those that cover an element follow each other. Borders are cut off: a window is what it has of the
/// axis.</remarks>
internal readonly record struct PoolWindows
{
    private PoolWindows(int length, int count, int kernel, int stride, int before, int countsBorder) =>
        (Length, Count, Kernel, Stride, Before, CountsBorder) = (length, count, kernel, stride, before, countsBorder);

    /// <summary>Elements of the axis.</summary>
    public int Length { get; }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary>Length of a window; 0 where windows share the axis among them.</summary>
    private int Kernel { get; }

    private int Stride { get; }

    private int Before { get; }

    private int CountsBorder { get; }

    /// <summary>Windows of <paramref name="kernel"/> elements, <paramref name="stride"/> apart, of which no one is all border;
    /// null where that is not possible.</summary>
    public static PoolWindows? Of(int length, int kernel, int stride, int before, int after, bool countsBorder)
    {
        var padded = (long)before + length + after;
        return length > 0 && kernel > 0 && stride > 0 && before >= 0 && after >= 0 && before < kernel && after < kernel
            && padded >= kernel && padded <= int.MaxValue
            ? new PoolWindows(length, (int)(padded - kernel) / stride + 1, kernel, stride, before, countsBorder ? 1 : 0)
            : null;
    }

    /// <summary>As many windows as said, which begin at ⌊i · length / count⌋ and end at ⌈(i + 1) · length / count⌉.</summary>
    public static PoolWindows? Adaptive(int length, int count) =>
        length > 0 && count > 0 ? new PoolWindows(length, count, kernel: 0, stride: 0, before: 0, countsBorder: 0) : null;

    /// <summary>The first element of a window.</summary>
    public int Start(int window)
    {
        if (Kernel == 0)
        {
            return (int)((long)window * Length / Count);
        }

        var start = window * Stride - Before;
        return start > 0 ? start : 0;
    }

    /// <summary>The element behind its last one.</summary>
    public int End(int window)
    {
        if (Kernel == 0)
        {
            return (int)(((window + 1L) * Length + Count - 1) / Count);
        }

        var end = window * Stride - Before + Kernel;
        return end < Length ? end : Length;
    }

    /// <summary>What the sum of a window is divided by.</summary>
    public int Divisor(int window) => CountsBorder != 0 ? Kernel : End(window) - Start(window);

    /// <summary>The first window that covers an element or lies behind it.</summary>
    public int FirstOver(int element)
    {
        if (Kernel == 0)
        {
            return (int)((long)element * Count / Length);
        }

        var behind = element + Before - Kernel;
        return behind < 0 ? 0 : behind / Stride + 1;
    }

    /// <summary>The window behind the last one that covers an element.</summary>
    public int EndOver(int element)
    {
        if (Kernel == 0)
        {
            return (int)(((element + 1L) * Count + Length - 1) / Length);
        }

        var end = (element + Before) / Stride + 1;
        return end < Count ? end : Count;
    }
}

/// <summary>Planes of images and the windows over their rows and columns.</summary>
/// <param name="Planes">B·C.</param>
/// <param name="Rows">Windows over H.</param>
/// <param name="Columns">Windows over W.</param>
internal readonly record struct PoolSizes(int Planes, PoolWindows Rows, PoolWindows Columns)
{
    /// <exception cref="ShapeException">x is not (B, C, H, W), or windows of these sizes are not possible.</exception>
    public static PoolSizes Check(string op, Shape x, Pair kernel, Pair stride, Padding padding, bool countsBorder) =>
        x.Rank == 4
        && PoolWindows.Of(x[2], kernel.H, stride.H, padding.Top, padding.Bottom, countsBorder) is { } rows
        && PoolWindows.Of(x[3], kernel.W, stride.W, padding.Left, padding.Right, countsBorder) is { } columns
            ? new PoolSizes(x[0] * x[1], rows, columns)
            : throw new ShapeException(
                op,
                "x (B, C, H, W), a kernel that fits into it with its padding, less padding than kernel, a stride of at least 1",
                $"x {x}, kernel {kernel}, stride {stride}, padding {padding}");

    /// <exception cref="ShapeException">x is not (B, C, H, W), or a side of it or of the result is empty.</exception>
    public static PoolSizes CheckAdaptive(string op, Shape x, int height, int width) =>
        x.Rank == 4
        && PoolWindows.Adaptive(x[2], height) is { } rows && PoolWindows.Adaptive(x[3], width) is { } columns
            ? new PoolSizes(x[0] * x[1], rows, columns)
            : throw new ShapeException(op, "x (B, C, H, W) and sizes of at least 1", $"x {x} to {height} × {width}");

    /// <exception cref="ShapeException">dY is not of the result's shape.</exception>
    public void CheckGradient(string op, Shape dY, Shape x)
    {
        if (dY != ResultOf(x))
        {
            throw new ShapeException(op, $"dY {ResultOf(x)}", ("dY", dY), ("x", x));
        }
    }

    /// <summary>(B, C, OutH, OutW).</summary>
    public Shape ResultOf(Shape x) => [x[0], x[1], Rows.Count, Columns.Count];
}
