using ILGPU;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>The rows (or columns) of matrices in memory, whose elements along k lie side by side.</summary>
/// <param name="Values">All matrices.</param>
/// <param name="Batch">From one matrix to the next.</param>
/// <param name="Length">From one row to the next.</param>
internal readonly record struct RowsAlongK(ArrayView<float> Values, int Batch, int Length) : ITileOperand
{
    public static bool RunsAlongK => true;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => Quad.Fits(Batch, Length, sizes.K, sizes.PieceLength);

    public TilePlace Lane(int batch, int index) => new(batch * Batch + index * Length);

    public TilePlace Step(int k) => new(k);

    public TilePlace Next(TilePlace step) => new(step.Start + Tile.Depth);

    public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start;
}

/// <summary>The columns (or rows) of matrices in memory, side by side;
/// <paramref name="Length"/> from one k to the next.</summary>
internal readonly record struct RowsAcrossK(ArrayView<float> Values, int Batch, int Length) : ITileOperand
{
    public static bool RunsAlongK => false;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => Quad.Fits(Batch, Length, lanes);

    public TilePlace Lane(int batch, int index) => new(batch * Batch + index);

    public TilePlace Step(int k) => new(k * Length);

    public TilePlace Next(TilePlace step) => new(step.Start + Tile.Depth * Length);

    public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start;
}

/// <summary>A batch of matrices (M, N), row by row.</summary>
internal readonly record struct MatrixResult(ArrayView<float> Values, int M, int N) : ITileResult
{
    public int Column(int column) => column;

    public void Store(int z, int row, int column, float sum) => Values[(z * M + row) * N + column] = sum;
}
