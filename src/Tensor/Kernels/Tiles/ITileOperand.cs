using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>Where something begins: an element, and, in an image, a row and a column that may lie outside of it.</summary>
internal readonly record struct TilePlace(int Start, int Row = 0, int Column = 0);

/// <summary>A matrix that kernels read in tiles: the rows of a, or the columns of b, of a product a·b.
/// They are its lanes.</summary>
/// <remarks>An element is found from what is known of its lane and of its step along k, so that nothing
/// is divided inside a sum.</remarks>
internal interface ITileOperand
{
    /// <summary>Neighbours along k lie side by side in memory; else those along the lanes.</summary>
    static abstract bool RunsAlongK { get; }

    /// <summary>What the elements are read from.</summary>
    ArrayView<float> Values { get; }

    /// <summary>Asked by the host: whether four neighbours always lie side by side and begin at a multiple of 16 bytes.</summary>
    /// <param name="sizes">Lengths of the product.</param>
    /// <param name="lanes">How many rows of a or columns of b.</param>
    bool RunsInQuads(in TileSizes sizes, int lanes);

    /// <summary>What is known of a lane.</summary>
    /// <param name="batch">Which product of a batch.</param>
    /// <param name="index">The row of a or column of b, in range.</param>
    TilePlace Lane(int batch, int index);

    /// <summary>What is known of a step along k for all lanes.</summary>
    TilePlace Step(int k);

    /// <summary>What is known of the step <see cref="Tile.Depth"/> further along k; there may be none,
    /// and then it is not used.</summary>
    TilePlace Next(TilePlace step);

    /// <summary>Where the element of a lane at a step lies; negative for a zero that is not stored.</summary>
    int Find(TilePlace lane, TilePlace step);
}

/// <summary>Where a product goes.</summary>
internal interface ITileResult
{
    /// <summary>Where a column, in range, begins.</summary>
    int Column(int column);

    /// <param name="z">Which product of a batch, times the number of pieces of the sum, plus the piece.</param>
    /// <param name="row">The row, in range.</param>
    /// <param name="column">Where the column begins.</param>
    /// <param name="sum">Σₖ a[row, k]·b[k, column] over the piece.</param>
    void Store(int z, int row, int column, float sum);
}

/// <summary>Lengths of a batch of products (M, K)·(K, N), whose sums may be cut into pieces that run side by side.</summary>
internal readonly record struct TileSizes(int M, int N, int K, int Pieces, int PieceLength)
{
    public TileSizes(int m, int n, int k)
        : this(m, n, k, 1, k)
    {
    }
}

/// <summary>k as three digits, outer, row and column, each with a step in memory; walked a tile's depth at a
/// time without a division.</summary>
/// <param name="Columns">Column digits.</param>
/// <param name="Rows">Row digits.</param>
/// <param name="ColumnStep">In memory, or in an image, from one column digit to the next.</param>
/// <param name="RowStep">From one row digit to the next.</param>
/// <param name="OuterStep">From one outer digit to the next.</param>
/// <param name="ColumnJump">The column of the depth, in its steps.</param>
/// <param name="RowJump">The row of the depth.</param>
/// <param name="OuterJump">What is left of it.</param>
internal readonly record struct TileWalk(
    int Columns, int Rows, int ColumnStep, int RowStep, int OuterStep, int ColumnJump, int RowJump, int OuterJump)
{
    public TileWalk(int columns, int rows, int columnStep, int rowStep, int outerStep)
        : this(
            columns, rows, columnStep, rowStep, outerStep,
            Tile.Depth % columns * columnStep, Tile.Depth / columns % rows * rowStep, Tile.Depth / columns / rows * outerStep)
    {
    }

    public TilePlace At(int k)
    {
        var rest = k / Columns;
        return new TilePlace(rest / Rows * OuterStep, rest % Rows * RowStep, k % Columns * ColumnStep);
    }

    public TilePlace Next(TilePlace place)
    {
        var column = place.Column + ColumnJump;
        var row = place.Row + RowJump;
        var start = place.Start + OuterJump;
        var isPastColumns = column >= Columns * ColumnStep;
        column -= isPastColumns ? Columns * ColumnStep : 0;
        row += isPastColumns ? RowStep : 0;
        var isPastRows = row >= Rows * RowStep;
        row -= isPastRows ? Rows * RowStep : 0;
        start += isPastRows ? OuterStep : 0;
        return new TilePlace(start, row, column);
    }
}

/// <summary>What all products of tiles have in common.</summary>
internal static class Tile
{
    /// <summary>Steps along k that are brought into shared memory at a time.</summary>
    public const int Depth = 16;

    /// <summary>Threads that share a row of fours of a tile of 64, or a step along k of a tile of 16.</summary>
    public const int Side = 16;
}
