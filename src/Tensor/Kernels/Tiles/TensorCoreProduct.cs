using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>The tile that a group of four warps owns: two by two, each with a number of rows and 32 columns.</summary>
internal interface IWarpTile
{
    /// <summary>Whether a warp has 64 rows; else 32.</summary>
    static abstract bool HasFourRows { get; }
}

/// <summary>128 × 64: the fewest reads of shared memory per product, for results that have many tiles.</summary>
internal readonly struct LargeTile : IWarpTile
{
    public static bool HasFourRows => true;
}

/// <summary>64 × 64: enough tiles to fill the device for smaller results.</summary>
internal readonly struct SmallTile : IWarpTile
{
    public static bool HasFourRows => false;
}

/// <summary>Where a tile of the result lies in shared memory once it is summed.</summary>
internal static class WarpTile
{
    /// <summary>From one row to the next: even, for pairs, and two banks apart, for threads that read a column.</summary>
    public const int Pitch = TensorCoreProduct.Columns + 2;
}

/// <summary>The matrix product of a group of threads on tensor cores: the counterpart of <see cref="TileProduct"/>.</summary>
/// <remarks>
/// Four warps own a tile of the result, each a quarter, in registers. While they multiply one stage of the operands, copies of
/// the next two run (<see cref="AsyncTile{TOperand, TCopy}"/>). The sums then go through shared memory, from where neighbouring
/// threads store neighbours. The order of each sum is fixed.
/// </remarks>
internal static class TensorCoreProduct
{
    public const int Threads = 128;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 64;

    /// <summary>Rows of a small tile.</summary>
    public const int SmallRows = 64;

    /// <summary>Tiles of an operand: one is worked on while the others are filled.</summary>
    private const int Stages = 3;

    private const int WarpSize = 32;

    private const int WarpColumns = 32;

    /// <summary>The number g of a thread: its row, or column, of an instruction.</summary>
    private static int LaneGroup => Group.IdxX % WarpSize / 4;

    /// <summary>The number t of a thread: its place along k.</summary>
    private static int LaneStep => Group.IdxX % 4;

    private static int WarpRow => Group.IdxX / WarpSize / 2;

    private static int WarpColumn => Group.IdxX / WarpSize % 2;

    /// <summary>Rows of a tile.</summary>
    public static int RowsOf<TTile>()
        where TTile : struct, IWarpTile => TTile.HasFourRows ? 2 * SmallRows : SmallRows;

    /// <summary>Products with a result for each row and column.</summary>
    /// <param name="a">Its rows.</param>
    /// <param name="addressA">Where its values begin.</param>
    /// <param name="b">Its columns.</param>
    /// <param name="addressB">Where its values begin.</param>
    /// <param name="result">Where the products go.</param>
    /// <param name="sizes">Lengths.</param>
    internal readonly struct Multiply<TA, TCopyA, TB, TCopyB, TResult, TTile, TNumber>(
        TA a, long addressA, TB b, long addressB, TResult result, TileSizes sizes) : IGroupKernel
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TCopyB : struct, ICopyLength
        where TResult : struct, ITileResult
        where TTile : struct, IWarpTile
        where TNumber : struct, ITensorCoreNumber
    {
        public void Run()
        {
            // Grid: one group per tile, X along the columns, Y along the rows, Z over batches and pieces.
            int firstRow = Grid.IdxY * RowsOf<TTile>(), firstColumn = Grid.IdxX * Columns;
            var shared = SharedMemory.Allocate<float>(Memory<TA, TCopyA, TB, TCopyB, TTile>.Length).AsAligned(Quad.Alignment);
            var product = new Memory<TA, TCopyA, TB, TCopyB, TTile>(a, addressA, b, addressB, shared, sizes);
            WarpRegisters.Declare();
            var batch = Grid.IdxZ / sizes.Pieces;
            product.FindRows(batch, firstRow);
            product.FindColumns(batch, firstColumn);
            product.Sum<TNumber>(firstRow, firstColumn, Grid.IdxZ % sizes.Pieces);

            var column = firstColumn + Group.IdxX % Columns;
            if (column < sizes.N)
            {
                var place = result.Column(column);
                var end = IntrinsicMath.Min(RowsOf<TTile>(), sizes.M - firstRow);
                for (var row = Group.IdxX / Columns; row < end; row += Threads / Columns)
                {
                    result.Store(Grid.IdxZ, firstRow + row, place, shared[row * WarpTile.Pitch + Group.IdxX % Columns]);
                }
            }
        }
    }

    /// <summary>The best column of each row, as <see cref="TileProduct.FindBest{TA, TB}"/> finds it,
    /// with products of a smaller precision.</summary>
    /// <param name="a">Its rows.</param>
    /// <param name="addressA">Where its values begin.</param>
    /// <param name="b">Its columns.</param>
    /// <param name="addressB">Where its values begin.</param>
    /// <param name="offsets">What is added to the product of each column.</param>
    /// <param name="best">The best column of each row.</param>
    /// <param name="sizes">Lengths.</param>
    internal readonly struct FindBest<TA, TCopyA, TB, TCopyB, TNumber>(
        TA a, long addressA, TB b, long addressB, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes) : IGroupKernel
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TCopyB : struct, ICopyLength
        where TNumber : struct, ITensorCoreNumber
    {
        public void Run()
        {
            // Grid: one group per 64 rows; all columns pass by, tile by tile. Two threads share a row,
            // each with half of a tile's columns.
            var firstRow = Grid.IdxX * SmallRows;
            int row = Group.IdxX % SmallRows, half = Group.IdxX / SmallRows * (Columns / 2);
            var shared = SharedMemory.Allocate<float>(Memory<TA, TCopyA, TB, TCopyB, SmallTile>.Length).AsAligned(Quad.Alignment);
            var product = new Memory<TA, TCopyA, TB, TCopyB, SmallTile>(a, addressA, b, addressB, shared, sizes);
            WarpRegisters.Declare();
            product.FindRows(0, firstRow);
            var own = BestScore.None;
            for (var firstColumn = 0; firstColumn < sizes.N; firstColumn += Columns)
            {
                product.FindColumns(0, firstColumn);
                product.Sum<TNumber>(firstRow, firstColumn, 0);
                var end = IntrinsicMath.Min(half + Columns / 2, sizes.N - firstColumn);
                for (var column = half; column < end; column++)
                {
                    own = own.Meet(shared[row * WarpTile.Pitch + column] + offsets[firstColumn + column], firstColumn + column);
                }

                // The next tile is summed only when all have read this one.
                Group.Barrier();
            }

            var columns = shared.Cast<int>();
            if (half > 0)
            {
                shared[row] = own.Score;
                columns[SmallRows + row] = own.Column;
            }

            Group.Barrier();
            if (half == 0 && firstRow + row < sizes.M)
            {
                var (score, column) = (shared[row], columns[SmallRows + row]);
                best[firstRow + row] = score > own.Score || (score == own.Score && column < own.Column) ? column : own.Column;
            }
        }
    }

    /// <summary>The shared memory of a group: three stages of both operands, where the tile of the result lies later,
    /// and tables of lanes.</summary>
    private readonly struct Memory<TA, TCopyA, TB, TCopyB, TTile>(
        TA a, long addressA, TB b, long addressB, ArrayView<float> shared, TileSizes sizes)
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TCopyB : struct, ICopyLength
        where TTile : struct, IWarpTile
    {
        /// <summary>All of it, in floats: at most 48 KiB.</summary>
        public static int Length => Tables + (Rows + Columns) * WordsOfPlace;

        private const int WordsOfPlace = 3;

        private static int Rows => RowsOf<TTile>();

        private static int SizeA => AsyncTile<TA, TCopyA>.Size(Rows);

        private static int SizeB => AsyncTile<TB, TCopyB>.Size(Columns);

        /// <summary>Where the tables begin: behind the stages and behind the result.</summary>
        private static int Tables => IntrinsicMath.Max(Stages * (SizeA + SizeB), Rows * WarpTile.Pitch);

        private ArrayView<TilePlace> RowTable => shared.SubView(Tables, Rows * WordsOfPlace).Cast<TilePlace>();

        private ArrayView<TilePlace> ColumnTable =>
            shared.SubView(Tables + Rows * WordsOfPlace, Columns * WordsOfPlace).Cast<TilePlace>();

        public void FindRows(int batch, int firstRow) =>
            AsyncTile<TA, TCopyA>.FindLanes(a, RowTable, batch, firstRow, sizes.M, Rows);

        public void FindColumns(int batch, int firstColumn) =>
            AsyncTile<TB, TCopyB>.FindLanes(b, ColumnTable, batch, firstColumn, sizes.N, Columns);

        /// <summary>Sums a tile, which then lies at the begin of shared memory, row by row.</summary>
        public void Sum<TNumber>(int firstRow, int firstColumn, int piece)
            where TNumber : struct, ITensorCoreNumber
        {
            WarpRegisters.Clear(TTile.HasFourRows);
            var start = piece * sizes.PieceLength;
            var end = IntrinsicMath.Min(start + sizes.PieceLength, sizes.K);
            int rows = sizes.M - firstRow, columns = sizes.N - firstColumn;
            var fillA = AsyncTile<TA, TCopyA>.At(a, start);
            var fillB = AsyncTile<TB, TCopyB>.At(b, start);
            Group.Barrier();
            for (var stage = 0; stage < Stages - 1; stage++)
            {
                FillStage(fillA, fillB, stage, rows, columns, end);
                fillA = fillA.Next(a);
                fillB = fillB.Next(b);
            }

            var current = 0;
            for (var k = start; k < end; k += Tile.Depth)
            {
                // All but the latest stage are there.
                CudaAsm.Emit("cp.async.wait_group 1;");
                Group.Barrier();

                // Everybody is done with the stage before the current one: it is the next to be filled.
                FillStage(fillA, fillB, current == 0 ? Stages - 1 : current - 1, rows, columns, end);
                fillA = fillA.Next(a);
                fillB = fillB.Next(b);
                AddProducts<TNumber>(current * (SizeA + SizeB));
                current = current == Stages - 1 ? 0 : current + 1;
            }

            CudaAsm.Emit("cp.async.wait_group 0;");
            Group.Barrier();
            StoreSums();
            Group.Barrier();
        }

        private void FillStage(
            AsyncTile<TA, TCopyA> fillA, AsyncTile<TB, TCopyB> fillB, int stage, int rows, int columns, int end)
        {
            var tile = stage * (SizeA + SizeB) * sizeof(float);
            if (fillA.K < end)
            {
                fillA.Fill(a, addressA, RowTable, tile, Rows, rows, end);
                fillB.Fill(b, addressB, ColumnTable, tile + SizeA * sizeof(float), Columns, columns, end);
            }

            CudaAsm.Emit("cp.async.commit_group;");
        }

        private void AddProducts<TNumber>(int stage)
            where TNumber : struct, ITensorCoreNumber
        {
            int laneA = AsyncTile<TA, TCopyA>.LaneStep, laneB = AsyncTile<TB, TCopyB>.LaneStep;
            int stepA = AsyncTile<TA, TCopyA>.KStep(Rows), stepB = AsyncTile<TB, TCopyB>.KStep(Columns);
            var placeA = stage + (WarpRow * (Rows / 2) + LaneGroup) * laneA + LaneStep * stepA;
            var placeB = stage + SizeA + (WarpColumn * WarpColumns + LaneGroup) * laneB + LaneStep * stepB;
            for (var k = 0; k < Tile.Depth; k += TNumber.Steps)
            {
                TNumber.LoadColumns(shared.SubView(placeB), laneB, stepB);
                TNumber.MultiplyRows0(shared.SubView(placeA), laneA, stepA);
                TNumber.MultiplyRows1(shared.SubView(placeA + WarpRegisters.Rows * laneA), laneA, stepA);
                if (TTile.HasFourRows)
                {
                    TNumber.MultiplyRows2(shared.SubView(placeA + 2 * WarpRegisters.Rows * laneA), laneA, stepA);
                    TNumber.MultiplyRows3(shared.SubView(placeA + 3 * WarpRegisters.Rows * laneA), laneA, stepA);
                }

                placeA += TNumber.Steps * stepA;
                placeB += TNumber.Steps * stepB;
            }
        }

        private static void StoreSums()
        {
            const int rowsOfMma = WarpRegisters.Rows * WarpTile.Pitch * sizeof(float);
            var row = WarpRow * (Rows / 2) + LaneGroup;
            var place = (row * WarpTile.Pitch + WarpColumn * WarpColumns + 2 * LaneStep) * sizeof(float);
            WarpRegisters.StoreRows0(place);
            WarpRegisters.StoreRows1(place + rowsOfMma);
            if (TTile.HasFourRows)
            {
                WarpRegisters.StoreRows2(place + 2 * rowsOfMma);
                WarpRegisters.StoreRows3(place + 3 * rowsOfMma);
            }
        }
    }
}
