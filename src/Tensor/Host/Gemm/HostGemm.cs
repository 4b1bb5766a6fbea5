namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>Host form of the matrix product C = floor ∨ (bias + A·B), one or many of the same size.</summary>
/// <remarks>Both operands are packed once, then blocks of C are split over the team. The reduction is cut into slices that keep a
/// block's operands in a core's second-level cache; slices are added in order, so the bits depend on the sizes alone. A row-major
/// B that few rows of A are multiplied by is read where it lies: packing it would cost as much as the product.</remarks>
internal static unsafe class HostGemm
{
    private const int SliceSteps = 256;
    private const int BlockPanels = 16;
    private const int BlockTiles = 8;

    /// <summary>Panels of A up to which B is not packed.</summary>
    private const int FewPanels = 4;

    /// <summary>So many blocks of C that several threads have work of equal size, where C is small but its sums are
    /// long.</summary>
    private const int LeastBlocks = 16;

    /// <param name="device">Whose team works and whose pool lends the packed operands.</param>
    /// <param name="a">A (M, K) of the first product.</param>
    /// <param name="b">B (K, N) of the first product.</param>
    /// <param name="c">C (M, N), row-major.</param>
    /// <param name="batch">Number of products, each of whose operands follow the last ones.</param>
    public static void Run(HostDevice device, MatrixView a, MatrixView b, float* c, int batch)
    {
        var (m, k, n) = (a.Rows, a.Columns, b.Columns);
        if (device.IsReproducible)
        {
            for (var i = 0; i < batch; i++)
            {
                ReproducibleGemm.Run(device, Product(a, i), Product(b, i), c + (nint)i * m * n);
            }

            return;
        }

        if (LongGemm.Suits(m, k, n))
        {
            for (var i = 0; i < batch; i++)
            {
                LongGemm.Run(device, Product(a, i), Product(b, i), c + (nint)i * m * n);
            }

            return;
        }

        var panels = (m + GemmTile.Rows - 1) / GemmTile.Rows;
        var tiles = (n + GemmTile.Columns - 1) / GemmTile.Columns;
        var tilesInPlace = b.IsTransposed || panels > FewPanels ? 0 : n / GemmTile.Columns;
        using var packedA = device.Borrow<float>(panels * k * GemmTile.Rows);
        using var packedB = device.Borrow<float>((tiles - tilesInPlace) * k * GemmTile.Columns);
        var (blockPanels, blockTiles) = BlockSize(panels, tiles);
        var blocks = CeilDivide(panels, blockPanels) * CeilDivide(tiles, blockTiles);
        for (var i = 0; i < batch; i++)
        {
            var its = new Operands(Product(a, i), Product(b, i), packedA.Pointer, packedB.Pointer, panels, tilesInPlace);
            device.Team.For(panels + tiles - tilesInPlace, 4, new Pack(its));
            device.Team.For(blocks, 1, new Blocks(its, c + (nint)i * m * n, blockPanels, blockTiles));
        }
    }

    /// <summary>An operand of the i-th product.</summary>
    private static MatrixView Product(MatrixView first, int i) =>
        new(first.Start + (nint)i * first.Rows * first.Columns, first.Rows, first.Columns, first.IsTransposed);

    /// <summary>Panels and tiles of a block; of its two sides the longer one is halved until there are blocks enough.</summary>
    private static (int Panels, int Tiles) BlockSize(int panels, int tiles)
    {
        var (blockPanels, blockTiles) = (BlockPanels, BlockTiles);
        while (CeilDivide(panels, blockPanels) * CeilDivide(tiles, blockTiles) < LeastBlocks && blockPanels * blockTiles > 2)
        {
            (blockPanels, blockTiles) = blockPanels > blockTiles ? (blockPanels / 2, blockTiles) : (blockPanels, blockTiles / 2);
        }

        return (blockPanels, blockTiles);
    }

    private static int CeilDivide(int a, int b) => (a + b - 1) / b;

    /// <summary>A and B, and where they are packed; of B the tiles behind those that are read in place.</summary>
    private readonly struct Operands(MatrixView a, MatrixView b, float* packedA, float* packedB, int panels, int tilesInPlace)
    {
        public MatrixView A { get; } = a;

        public MatrixView B { get; } = b;

        public int Panels { get; } = panels;

        public int TilesInPlace { get; } = tilesInPlace;

        public float* Panel(int panel) => packedA + (nint)panel * A.Columns * GemmTile.Rows;

        public float* PackedTile(int tile) => packedB + (nint)(tile - TilesInPlace) * B.Rows * GemmTile.Columns;

        /// <summary>What a tile reads of B from row <paramref name="first"/> on.</summary>
        /// <param name="tile">Of B's columns.</param>
        /// <param name="first">The row.</param>
        /// <param name="stride">Floats to the next row.</param>
        public float* Tile(int tile, int first, out nint stride)
        {
            var isInPlace = tile < TilesInPlace;
            stride = isInPlace ? B.Step : GemmTile.Columns;
            return (isInPlace ? B.Start + tile * GemmTile.Columns : PackedTile(tile)) + first * stride;
        }
    }

    private readonly struct Pack(Operands its) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                if (item < its.Panels)
                {
                    its.A.PackRows(its.Panel(item), item * GemmTile.Rows, GemmTile.Rows);
                }
                else
                {
                    var tile = item - its.Panels + its.TilesInPlace;
                    its.B.PackColumns(its.PackedTile(tile), tile * GemmTile.Columns, GemmTile.Columns);
                }
            }
        }
    }

    private readonly struct Blocks(Operands its, float* c, int blockPanels, int blockTiles) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var tiles = (its.B.Columns + GemmTile.Columns - 1) / GemmTile.Columns;
            var tileBlocks = CeilDivide(tiles, blockTiles);
            for (var block = start; block < end; block++)
            {
                var (firstPanel, firstTile) = (block / tileBlocks * blockPanels, block % tileBlocks * blockTiles);
                var lastPanel = Math.Min(firstPanel + blockPanels, its.Panels);
                var lastTile = Math.Min(firstTile + blockTiles, tiles);
                for (var slice = 0; slice == 0 || slice < its.B.Rows; slice += SliceSteps)
                {
                    Slice(firstPanel, lastPanel, firstTile, lastTile, slice);
                }
            }
        }

        private void Slice(int firstPanel, int lastPanel, int firstTile, int lastTile, int slice)
        {
            var (m, k, n) = (its.A.Rows, its.B.Rows, its.B.Columns);
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var segment = new TileSegment(0, 0, Math.Min(SliceSteps, k - slice));
            var operands = new TileOperands
            {
                AStride = GemmTile.Rows,
                Segments = &segment,
                SegmentCount = 1,
                StartStride = n,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                var row = panel * GemmTile.Rows;
                operands.A = its.Panel(panel) + slice * GemmTile.Rows;
                for (var tile = firstTile; tile < lastTile; tile++)
                {
                    var column = tile * GemmTile.Columns;
                    operands.B = its.Tile(tile, slice, out operands.BStride);
                    var to = c + (nint)row * n + column;
                    operands.Start = slice > 0 ? to : null;
                    GemmTile.Run(
                        operands, to, n, Math.Min(GemmTile.Rows, m - row), Math.Min(GemmTile.Columns, n - column));
                }
            }
        }
    }
}
