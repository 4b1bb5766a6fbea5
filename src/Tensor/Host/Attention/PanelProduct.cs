using IlgpuVq.Tensors.Host.Gemm;

namespace IlgpuVq.Tensors.Host.Attention;

/// <summary>The left factor of a <see cref="PanelProduct"/>: element (row, k) lies at row·RowStep + k·Step.</summary>
internal readonly unsafe record struct RowFactor(nint Start, nint RowStep, nint Step)
{
    public RowFactor(float* start, nint rowStep, nint step)
        : this((nint)start, rowStep, step)
    {
    }

    /// <summary>A panel of <see cref="GemmTile.Rows"/> rows as <see cref="MatrixView.PackRows(float*, int, int)"/> packs
    /// it.</summary>
    public static RowFactor Packed(float* start) => new(start, 1, GemmTile.Rows);

    public float* At(nint row, nint k) => (float*)Start + row * RowStep + k * Step;
}

/// <summary>The right factor: columns in tiles of <see cref="GemmTile.Columns"/>, each of which has them side by side.</summary>
internal readonly unsafe record struct ColumnFactor(nint Start, nint TileStep, nint Step)
{
    /// <summary>Rows of a matrix where they lie.</summary>
    public static ColumnFactor Rows(float* start, nint step) => new((nint)start, GemmTile.Columns, step);

    /// <summary>Tiles of so many steps as <see cref="MatrixView.PackColumns(float*, int, int)"/> packs them.</summary>
    public static ColumnFactor Packed(float* start, int steps) =>
        new((nint)start, (nint)steps * GemmTile.Columns, GemmTile.Columns);

    public float* At(nint tile, nint k) => (float*)Start + tile * TileStep + k * Step;
}

/// <summary>Matrix products on one thread whose factors are read where they lie.</summary>
/// <remarks>Rows and columns past the end are read, up to a whole tile, and not stored.</remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Steps after which the next rows come, while those of the right factor are in a core's second-level
    /// cache.</summary>
    private const int SliceSteps = 256;

    /// <summary>c = a·b, or c + a·b.</summary>
    /// <param name="a">Rows.</param>
    /// <param name="b">Columns.</param>
    /// <param name="steps">Terms of each sum.</param>
    /// <param name="c">The result, row by row.</param>
    /// <param name="cStep">From one row of it to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="adds">Whether c is added to.</param>
    public static void Run(RowFactor a, ColumnFactor b, int steps, float* c, nint cStep, int rows, int columns, bool adds)
    {
        var zeros = stackalloc float[GemmTile.MaxRows];
        new Span<float>(zeros, GemmTile.MaxRows).Clear();
        for (var slice = 0; slice == 0 || slice < steps; slice += SliceSteps)
        {
            var segment = new TileSegment(0, 0, Math.Min(SliceSteps, steps - slice));
            var operands = new TileOperands
            {
                AStride = a.Step,
                ARowStride = a.RowStep,
                BStride = b.Step,
                Segments = &segment,
                SegmentCount = 1,
                StartStride = cStep,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var row = 0; row < rows; row += GemmTile.Rows)
            {
                operands.A = a.At(row, slice);
                for (int column = 0, tile = 0; column < columns; column += GemmTile.Columns, tile++)
                {
                    operands.B = b.At(tile, slice);
                    var to = c + row * cStep + column;
                    operands.Start = adds || slice > 0 ? to : null;
                    GemmTile.Run(
                        operands, to, cStep, Math.Min(GemmTile.Rows, rows - row), Math.Min(GemmTile.Columns, columns - column));
                }
            }
        }
    }
}
