using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>The matrix product of a group of threads, for graphics processors: every primitive that sums
/// products goes through it.</summary>
/// <remarks>
/// A group of 256 threads, in a square of 16 × 16, owns a tile of 64 × 64 elements. It brings 16 columns of a and 16 rows of b at
/// a time into shared memory; while it multiplies them the next ones are on their way in registers. Each thread sums 4 × 4
/// elements in registers, from two reads of 16 bytes per k. The order of each sum is fixed.
/// </remarks>
internal static class TileProduct
{
    public const int Side = 64;

    public const int Threads = 256;

    /// <summary>From one k to the next in shared memory: quads stay aligned, and the threads that write a lane
    /// along k meet in few banks.</summary>
    private const int Pitch = Side + Quad.Length;

    private const int QuadPitch = Pitch / Quad.Length;

    private const int BufferLength = Tile.Depth * Pitch;

    /// <summary>How many tiles a length takes.</summary>
    public static int Count(int length) => (length + Side - 1) / Side;

    /// <summary>The first of the four rows of a tile that this thread owns.</summary>
    private static int RowOfThread => Group.IdxX / Tile.Side * Quad.Length;

    /// <summary>The first of its four columns.</summary>
    private static int ColumnOfThread => Group.IdxX % Tile.Side * Quad.Length;

    /// <summary>Products with a result for each row and column.</summary>
    internal readonly struct Multiply<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes) : IGroupKernel
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        public void Run()
        {
            // Grid: one group per tile, X along the columns, Y along the rows, Z over batches and pieces.
            int firstRow = Grid.IdxY * Side, firstColumn = Grid.IdxX * Side;
            var sums = Sum(a, b, sizes, firstRow, firstColumn, Grid.IdxZ);
            int row = firstRow + RowOfThread, column = firstColumn + ColumnOfThread;
            StoreColumn(row, column, sums.Row0.X, sums.Row1.X, sums.Row2.X, sums.Row3.X);
            StoreColumn(row, column + 1, sums.Row0.Y, sums.Row1.Y, sums.Row2.Y, sums.Row3.Y);
            StoreColumn(row, column + 2, sums.Row0.Z, sums.Row1.Z, sums.Row2.Z, sums.Row3.Z);
            StoreColumn(row, column + 3, sums.Row0.W, sums.Row1.W, sums.Row2.W, sums.Row3.W);
        }

        private void StoreColumn(int row, int column, float sum0, float sum1, float sum2, float sum3)
        {
            if (column < sizes.N)
            {
                var place = result.Column(column);
                Store(row, place, sum0);
                Store(row + 1, place, sum1);
                Store(row + 2, place, sum2);
                Store(row + 3, place, sum3);
            }
        }

        private void Store(int row, int place, float sum)
        {
            if (row < sizes.M)
            {
                result.Store(Grid.IdxZ, row, place, sum);
            }
        }
    }

    /// <summary>The best column of each row, where the score of a column is its product with the row
    /// plus an offset of its own.</summary>
    /// <remarks>Equal scores go to the smallest column; a row without a score above −∞ gets 0.</remarks>
    internal readonly struct FindBest<TA, TB>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        : IGroupKernel
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        public void Run()
        {
            // Grid: one group per 64 rows; all columns pass by, tile by tile.
            var firstRow = Grid.IdxX * Side;
            var (best0, best1, best2, best3) = (BestScore.None, BestScore.None, BestScore.None, BestScore.None);
            for (var firstColumn = 0; firstColumn < sizes.N; firstColumn += Side)
            {
                var sums = Sum(a, b, sizes, firstRow, firstColumn, 0);
                var column = firstColumn + ColumnOfThread;
                var offset = new Quad(OffsetOf(column), OffsetOf(column + 1), OffsetOf(column + 2), OffsetOf(column + 3));
                best0 = best0.Meet(sums.Row0, offset, column);
                best1 = best1.Meet(sums.Row1, offset, column);
                best2 = best2.Meet(sums.Row2, offset, column);
                best3 = best3.Meet(sums.Row3, offset, column);

                // The next tile is written only when all have read this one.
                Group.Barrier();
            }

            BestScore.StoreBestOfRows(RowOfThread, Group.IdxX % Tile.Side, best0, best1, best2, best3, best, firstRow, sizes.M);
        }

        /// <summary>Columns past the end cannot win.</summary>
        private float OffsetOf(int column) => column < sizes.N ? offsets[column] : float.NegativeInfinity;
    }

    /// <summary>The elements that this thread owns of one tile.</summary>
    private static TileSums Sum<TA, TB>(TA a, TB b, TileSizes sizes, int firstRow, int firstColumn, int z)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        // Two buffers each: one is written while slower threads still read the other.
        var tileA = SharedMemory.Allocate<float>(2 * BufferLength);
        var tileB = SharedMemory.Allocate<float>(2 * BufferLength);
        var batch = z / sizes.Pieces;
        var start = z % sizes.Pieces * sizes.PieceLength;
        var end = IntrinsicMath.Min(start + sizes.PieceLength, sizes.K);
        var lanesA = TileLanes<TA>.Of(a, batch, firstRow, sizes.M);
        var lanesB = TileLanes<TB>.Of(b, batch, firstColumn, sizes.N);
        var stepA = a.Step(start + TileLanes<TA>.DepthOfThread);
        var stepB = b.Step(start + TileLanes<TB>.DepthOfThread);
        var nextA = lanesA.Load(a, stepA, start + TileLanes<TA>.DepthOfThread < end);
        var nextB = lanesB.Load(b, stepB, start + TileLanes<TB>.DepthOfThread < end);
        var sums = default(TileSums);
        var buffer = 0;
        for (var k = start; k < end; k += Tile.Depth)
        {
            TileLanes<TA>.Store(nextA, tileA, buffer);
            TileLanes<TB>.Store(nextB, tileB, buffer);
            Group.Barrier();
            stepA = a.Next(stepA);
            stepB = b.Next(stepB);
            nextA = lanesA.Load(a, stepA, k + Tile.Depth + TileLanes<TA>.DepthOfThread < end);
            nextB = lanesB.Load(b, stepB, k + Tile.Depth + TileLanes<TB>.DepthOfThread < end);
            if (Accelerator.CurrentType == AcceleratorType.OpenCL)
            {
                // A processor's OpenCL works on threads side by side between two barriers or not at all:
                // the gathers above must not keep the products from it.
                Group.Barrier();
            }

            sums = AddProducts(sums, tileA, tileB, buffer);
            buffer = BufferLength - buffer;
        }

        return sums;
    }

    private static TileSums AddProducts(TileSums sums, ArrayView<float> tileA, ArrayView<float> tileB, int buffer)
    {
        var columnsOfA = Quad.Aligned(tileA.Cast<Quad>()).SubView((buffer + RowOfThread) / Quad.Length);
        var rowsOfB = Quad.Aligned(tileB.Cast<Quad>()).SubView((buffer + ColumnOfThread) / Quad.Length);

        // ILGPU does not unroll loops. Without one, what is read lies at constant distances, and OpenCL on a processor also works
        // on the threads of a group side by side.
        sums = AddFour(sums, columnsOfA, rowsOfB, 0);
        sums = AddFour(sums, columnsOfA, rowsOfB, 4);
        sums = AddFour(sums, columnsOfA, rowsOfB, 8);
        return AddFour(sums, columnsOfA, rowsOfB, 12);
    }

    private static TileSums AddFour(TileSums sums, ArrayView<Quad> columnsOfA, ArrayView<Quad> rowsOfB, int k) => sums
        .Add(columnsOfA[k * QuadPitch], rowsOfB[k * QuadPitch])
        .Add(columnsOfA[(k + 1) * QuadPitch], rowsOfB[(k + 1) * QuadPitch])
        .Add(columnsOfA[(k + 2) * QuadPitch], rowsOfB[(k + 2) * QuadPitch])
        .Add(columnsOfA[(k + 3) * QuadPitch], rowsOfB[(k + 3) * QuadPitch]);

    /// <summary>
    /// The lanes of which a thread fills one step along k of a tile, every 16th of 64, so that its neighbours
    /// read neighbours in memory.
    /// </summary>
    private readonly record struct TileLanes<T>(
        TilePlace Lane0, TilePlace Lane1, TilePlace Lane2, TilePlace Lane3, bool Has0, bool Has1, bool Has2, bool Has3)
        where T : struct, ITileOperand
    {
        /// <summary>The step along k.</summary>
        public static int DepthOfThread => T.RunsAlongK ? Group.IdxX % Tile.Depth : Group.IdxX / Tile.Depth;

        /// <summary>The first lane.</summary>
        private static int LaneOfThread => T.RunsAlongK ? Group.IdxX / Tile.Depth : Group.IdxX % Tile.Depth;

        public static TileLanes<T> Of(T operand, int batch, int first, int count)
        {
            var lane = first + LaneOfThread;
            var (lane1, lane2, lane3) = (lane + Tile.Side, lane + 2 * Tile.Side, lane + 3 * Tile.Side);

            // Past the end the last one is looked up, and not read.
            return new TileLanes<T>(
                operand.Lane(batch, IntrinsicMath.Min(lane, count - 1)),
                operand.Lane(batch, IntrinsicMath.Min(lane1, count - 1)),
                operand.Lane(batch, IntrinsicMath.Min(lane2, count - 1)),
                operand.Lane(batch, IntrinsicMath.Min(lane3, count - 1)),
                lane < count,
                lane1 < count,
                lane2 < count,
                lane3 < count);
        }

        public Quad Load(T operand, TilePlace step, bool isInRange) => new(
            Load(operand, operand.Find(Lane0, step), isInRange & Has0),
            Load(operand, operand.Find(Lane1, step), isInRange & Has1),
            Load(operand, operand.Find(Lane2, step), isInRange & Has2),
            Load(operand, operand.Find(Lane3, step), isInRange & Has3));

        public static void Store(Quad values, ArrayView<float> tile, int buffer)
        {
            var place = buffer + DepthOfThread * Pitch + LaneOfThread;
            tile[place] = values.X;
            tile[place + Tile.Side] = values.Y;
            tile[place + 2 * Tile.Side] = values.Z;
            tile[place + 3 * Tile.Side] = values.W;
        }

        private static float Load(T operand, int place, bool isThere) => isThere & (place >= 0) ? operand.Values[place] : 0f;
    }
}

/// <summary>The 4 × 4 sums of a thread, in registers.</summary>
internal readonly record struct TileSums(Quad Row0, Quad Row1, Quad Row2, Quad Row3)
{
    /// <summary>Adds the products of four rows, a column of a, and four columns, a row of b.</summary>
    public TileSums Add(Quad a, Quad b) => new(Row0.Add(a.X, b), Row1.Add(a.Y, b), Row2.Add(a.Z, b), Row3.Add(a.W, b));
}

/// <summary>The best of the columns that a thread has seen of a row.</summary>
internal readonly record struct BestScore(float Score, int Column)
{
    /// <summary>Threads that have looked at parts of one row.</summary>
    private const int ThreadsPerRow = 16;

    public static BestScore None => new(float.NegativeInfinity, 0);

    public BestScore Meet(Quad sums, Quad offsets, int column) =>
        Meet(sums.X + offsets.X, column).Meet(sums.Y + offsets.Y, column + 1)
            .Meet(sums.Z + offsets.Z, column + 2).Meet(sums.W + offsets.W, column + 3);

    /// <summary>Of columns in rising order, the first of those with the best score stays.</summary>
    public BestScore Meet(float score, int column) => score > Score ? new BestScore(score, column) : this;

    /// <summary>The threads of a row compare, and one of them stores the best column.</summary>
    /// <param name="row">The first of this thread's four rows of a tile of 64.</param>
    /// <param name="place">Which of the 16 threads of these rows it is.</param>
    /// <param name="best0">The best of its columns in each row.</param>
    /// <param name="best1">The same of the second row.</param>
    /// <param name="best2">The same of the third row.</param>
    /// <param name="best3">The same of the fourth row.</param>
    /// <param name="best">Where the columns go.</param>
    /// <param name="firstRow">The first row of the tile.</param>
    /// <param name="rows">How many rows there are.</param>
    public static void StoreBestOfRows(
        int row, int place, BestScore best0, BestScore best1, BestScore best2, BestScore best3,
        ArrayView<int> best, int firstRow, int rows)
    {
        var scores = SharedMemory.Allocate<float>(TileProduct.Side * ThreadsPerRow);
        var columns = SharedMemory.Allocate<int>(TileProduct.Side * ThreadsPerRow);
        var at = row * ThreadsPerRow + place;
        scores[at] = best0.Score;
        scores[at + ThreadsPerRow] = best1.Score;
        scores[at + 2 * ThreadsPerRow] = best2.Score;
        scores[at + 3 * ThreadsPerRow] = best3.Score;
        columns[at] = best0.Column;
        columns[at + ThreadsPerRow] = best1.Column;
        columns[at + 2 * ThreadsPerRow] = best2.Column;
        columns[at + 3 * ThreadsPerRow] = best3.Column;
        Group.Barrier();
        if (Group.IdxX >= TileProduct.Side || firstRow + Group.IdxX >= rows)
        {
            return;
        }

        var winner = None;
        for (var i = 0; i < ThreadsPerRow; i++)
        {
            var (score, column) = (scores[Group.IdxX * ThreadsPerRow + i], columns[Group.IdxX * ThreadsPerRow + i]);
            if (score > winner.Score || (score == winner.Score && column < winner.Column))
            {
                winner = new BestScore(score, column);
            }
        }

        best[firstRow + Group.IdxX] = winner.Column;
    }
}
