namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>A row-major matrix, or the transpose of one, as packing reads it: element (r, c) lies at r·RowStep + c·ColumnStep.</summary>
internal readonly unsafe struct MatrixView(float* start, int rows, int columns, bool transposed)
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public float* Start { get; } = start;

    /// <summary>True when a column's numbers are neighbours rather than a row's.</summary>
    public bool IsTransposed { get; } = transposed;

    private nint Step => IsTransposed ? Rows : Columns;

    /// <summary>Packs rows [first, first + width) as [column][width], missing rows as zeros: the A operand of a tile.</summary>
    public void PackRows(float* to, int first, int width)
    {
        var present = Math.Min(width, Rows - first);
        if (IsTransposed)
        {
            CopyStrips(Start + first, to, Columns, present, width);
        }
        else
        {
            ClearIfPartial(to, Columns, present, width);
            HostTranspose.Run(Start + first * Step, Step, to, width, present, Columns);
        }
    }

    /// <summary>Packs columns [first, first + width) as [row][width], missing columns as zeros: the B operand of a tile.</summary>
    public void PackColumns(float* to, int first, int width) =>
        new MatrixView(Start, Columns, Rows, !IsTransposed).PackRows(to, first, width);

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
