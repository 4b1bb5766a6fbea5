using ILGPU;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>The rows (or columns) of matrices in memory, whose elements along k lie side by side.</summary>
/// <param name="Values">All matrices.</param>
/// <param name="Batch">From one matrix to the next.</param>
/// <param name="Length">From one row to the next.</param>
internal readonly record struct RowsAlongK(ArrayView<float> Values, int Batch, int Length) : ITileOperand<int>
{
    public static bool RunsAlongK => true;

    public static int Run => 1;

    public bool RunsInQuads(in TileSizes sizes, int lanes) =>
        Quads<RowsAlongK, int>.Fits(Values.Index, Batch, Length, sizes.K, sizes.PieceLength);

    public int Lane(int batch, int index) => batch * Batch + index * Length;

    public int Find(in int lane, int k) => lane + k;
}

/// <summary>The columns (or rows) of matrices in memory, side by side; <paramref name="Length"/> from one k to the next.</summary>
internal readonly record struct RowsAcrossK(ArrayView<float> Values, int Batch, int Length) : ITileOperand<int>
{
    public static bool RunsAlongK => false;

    public static int Run => 1;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => Quads<RowsAcrossK, int>.Fits(Values.Index, Batch, Length, lanes);

    public int Lane(int batch, int index) => batch * Batch + index;

    public int Find(in int lane, int k) => lane + k * Length;
}

/// <summary>A batch of matrices (M, N), row by row.</summary>
internal readonly record struct MatrixResult(ArrayView<float> Values, int M, int N) : ITileResult
{
    public void Store(int batch, int row, int column, float sum) => Values[(batch * M + row) * N + column] = sum;
}
