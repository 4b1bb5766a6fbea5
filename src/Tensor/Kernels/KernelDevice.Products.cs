using ILGPU;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Products of tiles.</content>
internal sealed partial class KernelDevice
{
    /// <summary>A batch of matrix products, or of the pieces of their sums.</summary>
    public void LaunchProduct<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches = 1)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        var grid = new Index3D(TileProduct.Count(sizes.N), TileProduct.Count(sizes.M), batches * sizes.Pieces);
        if (grid.Size > 0)
        {
            LaunchGroups(
                new KernelConfig(grid, new Index3D(TileProduct.Threads, 1, 1)),
                new TileProduct.Multiply<TA, TB, TResult>(a, b, result, sizes));
        }
    }

    /// <summary>The best column of each row: its product with the row, plus an offset of its own.</summary>
    public void LaunchFindBest<TA, TB>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand =>
        LaunchGroups(
            new KernelConfig(TileProduct.Count(sizes.M), TileProduct.Threads),
            new TileProduct.FindBest<TA, TB>(a, b, offsets, best, sizes));
}
