using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>Where something begins: an element, and, in an image, a row and a column that may lie outside of it.</summary>
internal readonly record struct TilePlace(int Start, int Row = 0, int Column = 0);

/// <summary>A matrix that kernels read in tiles: the rows of a, or the columns of b, of a product a·b. They are its lanes.</summary>
internal interface ITileOperand
{
    /// <summary>Neighbours along k lie side by side in memory; else those along the lanes.</summary>
    static abstract bool RunsAlongK { get; }

    /// <summary>How many neighbours, along k or along the lanes, lie side by side and begin at a multiple of as many: 1 or 4.</summary>
    static abstract int Run { get; }

    /// <summary>Asked by the host: whether runs of four neighbours are whole and begin at a multiple of 16 bytes.</summary>
    /// <param name="sizes">Lengths of the product.</param>
    /// <param name="lanes">How many rows of a or columns of b.</param>
    bool RunsInQuads(in TileSizes sizes, int lanes);

    /// <summary>What is known of a lane before the sum over k begins.</summary>
    /// <param name="batch">Which product of a batch.</param>
    /// <param name="index">The row of a or column of b, in range.</param>
    TilePlace Lane(int batch, int index);

    /// <summary>What is known of a step along k for all lanes; k is in range.</summary>
    TilePlace Step(int k);

    /// <summary>What the elements are read from.</summary>
    ArrayView<float> Values { get; }

    /// <summary>Where the element of a lane at a step lies; -1 for a zero that is not stored.</summary>
    int Find(in TilePlace lane, in TilePlace step);
}

/// <summary>Where a product goes.</summary>
internal interface ITileResult
{
    /// <param name="batch">Which product of a batch, times the number of pieces of the sum, plus the piece.</param>
    /// <param name="row">The row, in range.</param>
    /// <param name="column">The column, in range.</param>
    /// <param name="sum">Σₖ a[row, k]·b[k, column] over the piece.</param>
    void Store(int batch, int row, int column, float sum);
}

/// <summary>Lengths of a batch of products (M, K)·(K, N), whose sums may be cut into pieces that run side by side.</summary>
internal readonly record struct TileSizes(int M, int N, int K, int Pieces, int PieceLength)
{
    public TileSizes(int m, int n, int k)
        : this(m, n, k, 1, k)
    {
    }
}

/// <summary>The matrix product of a group of threads, for graphics processors: every primitive that sums products goes through it.</summary>
/// <remarks>
/// A group of 256 threads owns a tile of 64 × 64 elements. It brings 16 columns of a and 16 rows of b at a time into shared memory,
/// coalesced along the axis that is contiguous; each thread sums 4 × 4 elements in registers. The order of each sum is fixed.
/// </remarks>
internal static class TileProduct
{
    public const int Side = 64;

    public const int Threads = 256;

    private const int Depth = 16;

    /// <summary>Rows, and columns, that a thread owns; threads stand in a square of 16 × 16.</summary>
    private const int Owned = 4;

    private const int ThreadsPerSide = Side / Owned;

    /// <summary>From one k to the next in shared memory: odd, so that a column of it does not meet in one bank.</summary>
    private const int Pitch = Side + 1;

    public static void Multiply<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        // Grid: one group per tile, X along the columns, Y along the rows, Z over batches and pieces.
        int firstRow = Grid.IdxY * Side, firstColumn = Grid.IdxX * Side;
        var sums = Sum<TA, TB>(a, b, sizes, firstRow, firstColumn, Grid.IdxZ);
        for (var i = 0; i < Owned; i++)
        {
            for (var j = 0; j < Owned; j++)
            {
                int row = firstRow + RowOfThread(i), column = firstColumn + ColumnOfThread(j);
                if (row < sizes.M && column < sizes.N)
                {
                    result.Store(Grid.IdxZ, row, column, sums[i * Owned + j]);
                }
            }
        }
    }

    /// <summary>The i-th of the rows of a tile that this thread owns.</summary>
    private static int RowOfThread(int i) => Group.IdxX / ThreadsPerSide * Owned + i;

    /// <summary>The j-th of the columns: those of neighbouring threads are neighbours, so that stores coalesce.</summary>
    private static int ColumnOfThread(int j) => Group.IdxX % ThreadsPerSide + j * ThreadsPerSide;

    /// <summary>The elements that this thread owns of one tile, in its registers.</summary>
    private static ArrayView<float> Sum<TA, TB>(TA a, TB b, TileSizes sizes, int firstRow, int firstColumn, int z)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        var tileA = SharedMemory.Allocate<float>(Depth * Pitch);
        var tileB = SharedMemory.Allocate<float>(Depth * Pitch);
        var sums = LocalMemory.Allocate<float>(Owned * Owned);
        for (var i = 0; i < Owned * Owned; i++)
        {
            sums[i] = 0;
        }

        var batch = z / sizes.Pieces;
        var start = z % sizes.Pieces * sizes.PieceLength;
        var end = IntrinsicMath.Min(start + sizes.PieceLength, sizes.K);
        var lanesA = Lanes<TA>(a, batch, firstRow, sizes.M);
        var lanesB = Lanes<TB>(b, batch, firstColumn, sizes.N);
        for (var k = start; k < end; k += Depth)
        {
            Fill<TA>(a, lanesA, tileA, firstRow, sizes.M, k, end);
            Fill<TB>(b, lanesB, tileB, firstColumn, sizes.N, k, end);
            Group.Barrier();
            AddProducts(tileA, tileB, sums);
            Group.Barrier();
        }

        return sums;
    }

    /// <summary>A thread fills one k of a tile, at every 16th row or column: here is which k.</summary>
    private static int DepthOfThread<T>()
        where T : struct, ITileOperand => T.RunsAlongK ? Group.IdxX % Depth : Group.IdxX / Depth;

    /// <summary>The j-th row or column that a thread fills.</summary>
    private static int LaneOfThread<T>(int j)
        where T : struct, ITileOperand => (T.RunsAlongK ? Group.IdxX / Depth : Group.IdxX % Depth) + j * (Threads / Depth);

    private static ArrayView<TilePlace> Lanes<T>(T operand, int batch, int first, int count)
        where T : struct, ITileOperand
    {
        var lanes = LocalMemory.Allocate<TilePlace>(Side * Depth / Threads);
        for (var j = 0; j < Side * Depth / Threads; j++)
        {
            // Past the end the last one is read, and not used.
            lanes[j] = operand.Lane(batch, IntrinsicMath.Min(first + LaneOfThread<T>(j), count - 1));
        }

        return lanes;
    }

    private static void Fill<T>(T operand, ArrayView<TilePlace> lanes, ArrayView<float> tile, int first, int count, int k, int end)
        where T : struct, ITileOperand
    {
        var depth = DepthOfThread<T>();
        var at = k + depth;
        var step = operand.Step(IntrinsicMath.Min(at, end - 1));
        for (var j = 0; j < Side * Depth / Threads; j++)
        {
            var lane = LaneOfThread<T>(j);
            var place = operand.Find(lanes[j], step);
            tile[depth * Pitch + lane] = at < end && first + lane < count && place >= 0 ? operand.Values[place] : 0f;
        }
    }

    private static void AddProducts(ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums)
    {
        var row = LocalMemory.Allocate<float>(Owned);
        for (var k = 0; k < Depth; k++)
        {
            for (var i = 0; i < Owned; i++)
            {
                row[i] = tileA[k * Pitch + RowOfThread(i)];
            }

            for (var j = 0; j < Owned; j++)
            {
                var b = tileB[k * Pitch + ColumnOfThread(j)];
                for (var i = 0; i < Owned; i++)
                {
                    sums[i * Owned + j] = MathF.FusedMultiplyAdd(row[i], b, sums[i * Owned + j]);
                }
            }
        }
    }

    /// <summary>The best column of each row, where the score of a column is its product with the row plus an offset of its own.</summary>
    /// <remarks>Equal scores go to the smallest column; a row without a score above −∞ gets 0.</remarks>
    public static void FindBest<TA, TB>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        // Grid: one group per 64 rows; all columns pass by, tile by tile.
        var firstRow = Grid.IdxX * Side;
        var top = LocalMemory.Allocate<float>(Owned);
        var topColumn = LocalMemory.Allocate<int>(Owned);
        for (var i = 0; i < Owned; i++)
        {
            top[i] = float.NegativeInfinity;
            topColumn[i] = 0;
        }

        for (var firstColumn = 0; firstColumn < sizes.N; firstColumn += Side)
        {
            var sums = Sum<TA, TB>(a, b, sizes, firstRow, firstColumn, 0);
            for (var j = 0; j < Owned; j++)
            {
                var column = firstColumn + ColumnOfThread(j);
                var offset = column < sizes.N ? offsets[column] : float.NegativeInfinity;
                for (var i = 0; i < Owned; i++)
                {
                    var score = sums[i * Owned + j] + offset;
                    if (score > top[i])
                    {
                        top[i] = score;
                        topColumn[i] = column;
                    }
                }
            }
        }

        // Each thread has looked at every 16th column: the 16 of a row compare.
        var scores = SharedMemory.Allocate<float>(Side * ThreadsPerSide);
        var columns = SharedMemory.Allocate<int>(Side * ThreadsPerSide);
        for (var i = 0; i < Owned; i++)
        {
            var place = RowOfThread(i) * ThreadsPerSide + ColumnOfThread(0);
            scores[place] = top[i];
            columns[place] = topColumn[i];
        }

        Group.Barrier();
        var row = firstRow + Group.IdxX;
        if (Group.IdxX >= Side || row >= sizes.M)
        {
            return;
        }

        var (winner, winnerScore) = (0, float.NegativeInfinity);
        for (var i = 0; i < ThreadsPerSide; i++)
        {
            var (score, column) = (scores[Group.IdxX * ThreadsPerSide + i], columns[Group.IdxX * ThreadsPerSide + i]);
            if (score > winnerScore || (score == winnerScore && column < winner))
            {
                (winner, winnerScore) = (column, score);
            }
        }

        best[row] = winner;
    }
}
