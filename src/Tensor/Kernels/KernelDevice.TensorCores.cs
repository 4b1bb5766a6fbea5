using ILGPU;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Products on tensor cores: which operands come in fours, how large the tiles are, which format multiplies.</content>
internal sealed partial class KernelDevice
{
    public override Precision Precision { get; }

    internal override bool HasTensorCores => OwnIlgpu.HasTensorCores(accelerator);

    /// <summary>The best column of each row: its product with the row, plus an offset of its own.</summary>
    public void LaunchFindBest<TA, TB>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        switch (Precision)
        {
            case Precision.Fp32:
                var config = new KernelConfig(Tiles(sizes.M), TileProduct.Threads);
                LaunchGroups(TileProduct.FindBest<TA, TB>, config, a, b, offsets, best, sizes);
                break;
            case Precision.Tf32:
                FindBest<TA, TB, TensorFloat32>(a, b, offsets, best, sizes);
                break;
            default:
                FindBest<TA, TB, BFloat16>(a, b, offsets, best, sizes);
                break;
        }
    }

    private void FindBest<TA, TB, TNumber>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TNumber : struct, ITensorCoreNumber
    {
        var config = new KernelConfig((sizes.M + (2 * SmallTiles.Rows) - 1) / (2 * SmallTiles.Rows), AsyncTile.Threads);
        if (a.RunsInQuads(sizes, sizes.M) && b.RunsInQuads(sizes, sizes.N))
        {
            LaunchGroups(
                TensorCoreProduct.FindBest<Quads<TA>, Quads<TB>, TNumber>, config, new Quads<TA>(a), new Quads<TB>(b), offsets, best, sizes);
        }
        else
        {
            LaunchGroups(TensorCoreProduct.FindBest<TA, TB, TNumber>, config, a, b, offsets, best, sizes);
        }
    }

    private void LaunchOnTensorCores<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        if (a.RunsInQuads(sizes, sizes.M))
        {
            LaunchWithA<Quads<TA>, TB, TResult>(new Quads<TA>(a), b, result, sizes, batches);
        }
        else
        {
            LaunchWithA<TA, TB, TResult>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithA<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        if (b.RunsInQuads(sizes, sizes.N))
        {
            LaunchWithB<TA, Quads<TB>, TResult>(a, new Quads<TB>(b), result, sizes, batches);
        }
        else
        {
            LaunchWithB<TA, TB, TResult>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithB<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        // Large tiles where there is one for every multiprocessor.
        var isLarge = GridOf<LargeTiles>(sizes, batches).Size >= accelerator.NumMultiprocessors;
        switch (Precision, isLarge)
        {
            case (Precision.Tf32, true):
                LaunchTiles<TA, TB, TResult, LargeTiles, TensorFloat32>(a, b, result, sizes, batches);
                break;
            case (Precision.Tf32, false):
                LaunchTiles<TA, TB, TResult, SmallTiles, TensorFloat32>(a, b, result, sizes, batches);
                break;
            case (_, true):
                LaunchTiles<TA, TB, TResult, LargeTiles, BFloat16>(a, b, result, sizes, batches);
                break;
            default:
                LaunchTiles<TA, TB, TResult, SmallTiles, BFloat16>(a, b, result, sizes, batches);
                break;
        }
    }

    private void LaunchTiles<TA, TB, TResult, TTiles, TNumber>(
        TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
        where TTiles : struct, IWarpTiles
        where TNumber : struct, ITensorCoreNumber =>
        LaunchGroups(
            TensorCoreProduct.Multiply<TA, TB, TResult, TTiles, TNumber>,
            new KernelConfig(GridOf<TTiles>(sizes, batches), new Index3D(AsyncTile.Threads, 1, 1)),
            a,
            b,
            result,
            sizes);

    private static Index3D GridOf<TTiles>(TileSizes sizes, int batches)
        where TTiles : struct, IWarpTiles => new(
            (sizes.N + (2 * TTiles.Columns) - 1) / (2 * TTiles.Columns),
            (sizes.M + (2 * TTiles.Rows) - 1) / (2 * TTiles.Rows),
            batches * sizes.Pieces);
}
