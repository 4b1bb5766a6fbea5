namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>A row-major matrix, or the transpose of one, as packing reads it: element (r, c) lies at r·RowStep +
/// c·ColumnStep.</summary>
internal readonly unsafe struct MatrixView(float* start, int rows, int columns, bool transposed, nint step)
{
    /// <summary>One whose rows, or columns of a transpose, follow each other.</summary>
    public MatrixView(float* start, int rows, int columns, bool transposed)
        : this(start, rows, columns, transposed, transposed ? rows : columns)
    {
    }

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public float* Start { get; } = start;

    /// <summary>True when a column's numbers are neighbours rather than a row's.</summary>
    public bool IsTransposed { get; } = transposed;

    /// <summary>Floats from one row to the next, or from one column to the next of a transpose.</summary>
    public nint Step { get; } = step;

    /// <summary>Packs rows [first, first + width) as [column][width], missing rows as zeros: the A operand of a tile.</summary>
    public void PackRows(float* to, int first, int width) => PackRows(to, first, width, 0, Columns);

    /// <summary>The same of so many columns only.</summary>
    public void PackRows(float* to, int first, int width, int firstColumn, int columns)
    {
        var present = Math.Min(width, Rows - first);
        if (IsTransposed)
        {
            CopyStrips(Start + first + firstColumn * Step, to, columns, present, width);
        }
        else
        {
            ClearIfPartial(to, columns, present, width);
            HostTranspose.Run(Start + first * Step + firstColumn, Step, to, width, present, columns);
        }
    }

    /// <summary>Packs columns [first, first + width) as [row][width], missing columns as zeros: the B operand of a
    /// tile.</summary>
    public void PackColumns(float* to, int first, int width) => PackColumns(to, first, width, 0, Rows);

    /// <summary>The same of so many rows only.</summary>
    public void PackColumns(float* to, int first, int width, int firstRow, int rows) =>
        new MatrixView(Start, Columns, Rows, !IsTransposed, Step).PackRows(to, first, width, firstRow, rows);

    private void CopyStrips(float* from, float* to, int strips, int present, int width)
    {
        for (var strip = 0; strip < strips; strip++, from += Step, to += width)
        {
            new ReadOnlySpan<float>(from, present).CopyTo(new Span<float>(to, width));
            new Span<float>(to + present, width - present).Clear();
        }
    }

    private static void ClearIfPartial(float* to, int strips, int present, int width)
    {
        if (present < width)
        {
            new Span<float>(to, strips * width).Clear();
        }
    }
}
