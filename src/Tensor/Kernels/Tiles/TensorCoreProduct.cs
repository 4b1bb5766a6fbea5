using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>How a tile of a product is shared out over the four warps of a group.</summary>
internal interface IWarpTiles
{
    /// <summary>Rows of a warp: the tile has twice as many.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a warp: the tile has twice as many.</summary>
    static abstract int Columns { get; }
}

/// <summary>128 × 128: the fewest reads of shared memory per product, for results that have many tiles.</summary>
internal readonly struct LargeTiles : IWarpTiles
{
    public static int Rows => 64;

    public static int Columns => 64;
}

/// <summary>64 × 64: enough tiles to fill the device for smaller results.</summary>
internal readonly struct SmallTiles : IWarpTiles
{
    public static int Rows => 32;

    public static int Columns => 32;
}

/// <summary>The matrix product of a group of threads on tensor cores: the counterpart of <see cref="TileProduct"/>.</summary>
/// <remarks>
/// Four warps own a tile of the result, each a quarter, in registers. While they multiply one stage of the operands, copies of the next
/// ones run (<see cref="AsyncTile"/>). The order of each sum is fixed.
/// </remarks>
internal static class TensorCoreProduct
{
    /// <summary>Rows of one instruction.</summary>
    private const int MmaRows = 16;

    /// <summary>Columns of one instruction.</summary>
    private const int MmaColumns = 8;

    /// <summary>Sums that a thread has of one instruction.</summary>
    private const int SumsPerMma = 4;

    private const int WordsOfA = 4;

    private const int WordsOfB = 2;

    /// <summary>Rows of a small tile that a thread has sums of.</summary>
    private const int RowsOfThread = 4;

    /// <summary>Threads that have sums of one row of a small tile.</summary>
    private const int ThreadsPerRow = 8;

    private static int Lane => Group.IdxX % 32;

    /// <summary>The number g of a thread: its row, or column, of an instruction.</summary>
    private static int LaneGroup => Lane / 4;

    /// <summary>The number t of a thread: its place along k.</summary>
    private static int LaneStep => Lane % 4;

    private static int WarpRow => Group.IdxX / 32 / 2;

    private static int WarpColumn => Group.IdxX / 32 % 2;

    public static void Multiply<TA, TB, TResult, TTiles, TNumber>(TA a, TB b, TResult result, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
        where TTiles : struct, IWarpTiles
        where TNumber : struct, ITensorCoreNumber
    {
        // Grid: one group per tile, X along the columns, Y along the rows, Z over batches and pieces.
        int firstRow = Grid.IdxY * 2 * TTiles.Rows, firstColumn = Grid.IdxX * 2 * TTiles.Columns;
        var sums = LocalMemory.Allocate<float>(TTiles.Rows * TTiles.Columns / 32);
        var stagesA = SharedMemory.Allocate<float>(AsyncTile.Stages * AsyncTile.Size<TA>(2 * TTiles.Rows));
        var stagesB = SharedMemory.Allocate<float>(AsyncTile.Stages * AsyncTile.Size<TB>(2 * TTiles.Columns));
        var batch = Grid.IdxZ / sizes.Pieces;
        var lanesA = AsyncTile.Lanes<TA>(a, batch, firstRow, sizes.M, 2 * TTiles.Rows);
        var lanesB = AsyncTile.Lanes<TB>(b, batch, firstColumn, sizes.N, 2 * TTiles.Columns);
        Sum<TA, TB, TTiles, TNumber>(
            a, b, lanesA, lanesB, stagesA, stagesB, sums, sizes, firstRow, firstColumn, Grid.IdxZ % sizes.Pieces);
        for (var i = 0; i < TTiles.Rows / MmaRows; i++)
        {
            for (var j = 0; j < TTiles.Columns / MmaColumns; j++)
            {
                for (var s = 0; s < SumsPerMma; s++)
                {
                    var row = firstRow + RowOf<TTiles>(i, s);
                    var column = firstColumn + ColumnOf<TTiles>(j, s);
                    if (row < sizes.M && column < sizes.N)
                    {
                        result.Store(Grid.IdxZ, row, column, sums[FirstSum<TTiles>(i, j) + s]);
                    }
                }
            }
        }
    }

    /// <summary>The best column of each row, as <see cref="TileProduct.FindBest"/> finds it, with products of a smaller precision.</summary>
    public static void FindBest<TA, TB, TNumber>(
        TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TNumber : struct, ITensorCoreNumber
    {
        // Grid: one group per 64 rows; all columns pass by, tile by tile.
        var firstRow = Grid.IdxX * 2 * SmallTiles.Rows;
        var sums = LocalMemory.Allocate<float>(SmallTiles.Rows * SmallTiles.Columns / 32);
        var stagesA = SharedMemory.Allocate<float>(AsyncTile.Stages * AsyncTile.Size<TA>(2 * SmallTiles.Rows));
        var stagesB = SharedMemory.Allocate<float>(AsyncTile.Stages * AsyncTile.Size<TB>(2 * SmallTiles.Columns));
        var lanesA = AsyncTile.Lanes<TA>(a, 0, firstRow, sizes.M, 2 * SmallTiles.Rows);
        var top = LocalMemory.Allocate<float>(RowsOfThread);
        var topColumn = LocalMemory.Allocate<int>(RowsOfThread);
        for (var i = 0; i < RowsOfThread; i++)
        {
            top[i] = float.NegativeInfinity;
            topColumn[i] = 0;
        }

        for (var firstColumn = 0; firstColumn < sizes.N; firstColumn += 2 * SmallTiles.Columns)
        {
            var lanesB = AsyncTile.Lanes<TB>(b, 0, firstColumn, sizes.N, 2 * SmallTiles.Columns);
            Sum<TA, TB, SmallTiles, TNumber>(
                a, b, lanesA, lanesB, stagesA, stagesB, sums, sizes, firstRow, firstColumn, 0);
            for (var j = 0; j < SmallTiles.Columns / MmaColumns; j++)
            {
                for (var s = 0; s < 2; s++)
                {
                    var column = firstColumn + ColumnOf<SmallTiles>(j, s);
                    var offset = column < sizes.N ? offsets[column] : float.NegativeInfinity;
                    for (var i = 0; i < RowsOfThread; i++)
                    {
                        var score = sums[FirstSum<SmallTiles>(i / 2, j) + i % 2 * 2 + s] + offset;
                        if (score > top[i])
                        {
                            top[i] = score;
                            topColumn[i] = column;
                        }
                    }
                }
            }

            // The tables are written anew only when all have read them.
            Group.Barrier();
        }

        // Each thread has looked at every 4th pair of columns of one half: the 8 of a row compare.
        var scores = SharedMemory.Allocate<float>(2 * SmallTiles.Rows * ThreadsPerRow);
        var columns = SharedMemory.Allocate<int>(2 * SmallTiles.Rows * ThreadsPerRow);
        for (var i = 0; i < RowsOfThread; i++)
        {
            var place = RowOf<SmallTiles>(i / 2, i % 2 * 2) * ThreadsPerRow + WarpColumn * 4 + LaneStep;
            scores[place] = top[i];
            columns[place] = topColumn[i];
        }

        Group.Barrier();
        var row = firstRow + Group.IdxX;
        if (Group.IdxX >= 2 * SmallTiles.Rows || row >= sizes.M)
        {
            return;
        }

        var (winner, winnerScore) = (0, float.NegativeInfinity);
        for (var i = 0; i < ThreadsPerRow; i++)
        {
            var (score, column) = (scores[Group.IdxX * ThreadsPerRow + i], columns[Group.IdxX * ThreadsPerRow + i]);
            if (score > winnerScore || (score == winnerScore && column < winner))
            {
                (winner, winnerScore) = (column, score);
            }
        }

        best[row] = winner;
    }

    /// <summary>The row, within the tile, of the s-th sum of the i-th instruction downwards.</summary>
    private static int RowOf<TTiles>(int i, int s)
        where TTiles : struct, IWarpTiles => WarpRow * TTiles.Rows + i * MmaRows + s / 2 * 8 + LaneGroup;

    /// <summary>The column, within the tile, of the s-th sum of the j-th instruction to the right.</summary>
    private static int ColumnOf<TTiles>(int j, int s)
        where TTiles : struct, IWarpTiles => WarpColumn * TTiles.Columns + j * MmaColumns + 2 * LaneStep + s % 2;

    private static int FirstSum<TTiles>(int i, int j)
        where TTiles : struct, IWarpTiles => (i * (TTiles.Columns / MmaColumns) + j) * SumsPerMma;

    private static void Sum<TA, TB, TTiles, TNumber>(
        TA a, TB b, ArrayView<TilePlace> lanesA, ArrayView<TilePlace> lanesB, ArrayView<float> stagesA, ArrayView<float> stagesB,
        ArrayView<float> sums, TileSizes sizes, int firstRow, int firstColumn, int piece)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TTiles : struct, IWarpTiles
        where TNumber : struct, ITensorCoreNumber
    {
        for (var i = 0; i < TTiles.Rows * TTiles.Columns / 32; i++)
        {
            sums[i] = 0;
        }

        int sizeA = AsyncTile.Size<TA>(2 * TTiles.Rows), sizeB = AsyncTile.Size<TB>(2 * TTiles.Columns);
        var start = piece * sizes.PieceLength;
        var end = IntrinsicMath.Min(start + sizes.PieceLength, sizes.K);
        Group.Barrier();
        for (var stage = 0; stage < AsyncTile.Stages - 1; stage++)
        {
            FillStage(start + stage * AsyncTile.Depth, stage);
        }

        var current = 0;
        for (var k = start; k < end; k += AsyncTile.Depth)
        {
            AsyncTile.WaitForOldest();
            Group.Barrier();

            // Everybody is done with the stage before the current one: it is the next to be filled.
            FillStage(
                k + (AsyncTile.Stages - 1) * AsyncTile.Depth, current == 0 ? AsyncTile.Stages - 1 : current - 1);
            AddProducts<TA, TB, TTiles, TNumber>(
                stagesA.SubView(current * sizeA, sizeA), stagesB.SubView(current * sizeB, sizeB), sums);
            current = current == AsyncTile.Stages - 1 ? 0 : current + 1;
        }

        AsyncTile.WaitForAll();
        Group.Barrier();

        void FillStage(int k, int stage)
        {
            if (k < end)
            {
                AsyncTile.Fill(a, lanesA, stagesA.SubView(stage * sizeA, sizeA), 2 * TTiles.Rows, sizes.M - firstRow, k, end);
                AsyncTile.Fill(b, lanesB, stagesB.SubView(stage * sizeB, sizeB), 2 * TTiles.Columns, sizes.N - firstColumn, k, end);
            }

            AsyncTile.Commit();
        }
    }

    private static void AddProducts<TA, TB, TTiles, TNumber>(
        ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TTiles : struct, IWarpTiles
        where TNumber : struct, ITensorCoreNumber
    {
        int lanesA = 2 * TTiles.Rows, lanesB = 2 * TTiles.Columns;
        var startA = AsyncTile.PlaceOf<TA>(lanesA, WarpRow * TTiles.Rows + LaneGroup, LaneStep);
        var startB = AsyncTile.PlaceOf<TB>(lanesB, WarpColumn * TTiles.Columns + LaneGroup, LaneStep);
        int stepA = AsyncTile.PlaceOf<TA>(lanesA, 0, 1), stepB = AsyncTile.PlaceOf<TB>(lanesB, 0, 1);
        var wordsA = LocalMemory.Allocate<uint>(TTiles.Rows / MmaRows * WordsOfA);
        var wordsB = LocalMemory.Allocate<uint>(TTiles.Columns / MmaColumns * WordsOfB);
        for (var k = 0; k < AsyncTile.Depth; k += TNumber.Steps)
        {
            for (var i = 0; i < TTiles.Rows / MmaRows * WordsOfA; i++)
            {
                // Rows g and g + 8 at the first word, then at the second.
                var row = i / WordsOfA * MmaRows + i % 2 * 8;
                wordsA[i] = TNumber.Word(
                    tileA, startA + AsyncTile.PlaceOf<TA>(lanesA, row, k), stepA, i % WordsOfA / 2);
            }

            for (var j = 0; j < TTiles.Columns / MmaColumns * WordsOfB; j++)
            {
                var column = j / WordsOfB * MmaColumns;
                wordsB[j] = TNumber.Word(
                    tileB, startB + AsyncTile.PlaceOf<TB>(lanesB, column, k), stepB, j % WordsOfB);
            }

            for (var i = 0; i < TTiles.Rows / MmaRows; i++)
            {
                for (var j = 0; j < TTiles.Columns / MmaColumns; j++)
                {
                    TNumber.MultiplyAdd(wordsA, i * WordsOfA, wordsB, j * WordsOfB, sums, FirstSum<TTiles>(i, j));
                }
            }
        }
    }
}
