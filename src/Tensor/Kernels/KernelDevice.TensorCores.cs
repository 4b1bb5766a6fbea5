using ILGPU;
using IlgpuVq.Tensors.Kernels.Tiles;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Products on tensor cores: which operands come in fours, how large the tiles are, which format multiplies.</content>
internal sealed partial class KernelDevice
{
    public override Precision Precision { get; }

    internal override bool HasTensorCores => OwnIlgpu.HasTensorCores(accelerator);

    /// <summary>The best code of each row: its product with the row, plus an offset of its own.</summary>
    public void LaunchFindBest(in RowsAlongK rows, in RowsAlongK codes, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
    {
        var config = new KernelConfig(Tiles(sizes.M), TileProduct.Threads);
        if (Precision == Precision.Fp32)
        {
            LaunchGroups(TileProduct.FindBest<RowsAlongK, int, RowsAlongK, int>, config, rows, codes, offsets, best, sizes);
        }
        else if (Precision == Precision.Tf32)
        {
            FindBest<TensorFloat32>(rows, codes, offsets, best, sizes);
        }
        else
        {
            FindBest<BFloat16>(rows, codes, offsets, best, sizes);
        }
    }

    private void FindBest<TNumber>(RowsAlongK rows, RowsAlongK codes, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TNumber : struct, ITensorCoreNumber
    {
        var config = new KernelConfig((sizes.M + (2 * SmallTiles.Rows) - 1) / (2 * SmallTiles.Rows), AsyncTile.Threads);
        if (rows.RunsInQuads(sizes, sizes.M) && codes.RunsInQuads(sizes, sizes.N))
        {
            LaunchGroups(
                TensorCoreProduct.FindBest<Quads<RowsAlongK, int>, int, Quads<RowsAlongK, int>, int, TNumber>,
                config,
                new Quads<RowsAlongK, int>(rows),
                new Quads<RowsAlongK, int>(codes),
                offsets,
                best,
                sizes);
        }
        else
        {
            LaunchGroups(
                TensorCoreProduct.FindBest<RowsAlongK, int, RowsAlongK, int, TNumber>, config, rows, codes, offsets, best, sizes);
        }
    }

    private void LaunchOnTensorCores<TA, TLaneA, TB, TLaneB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand<TLaneA>
        where TLaneA : unmanaged
        where TB : struct, ITileOperand<TLaneB>
        where TLaneB : unmanaged
        where TResult : struct, ITileResult
    {
        if (a.RunsInQuads(sizes, sizes.M))
        {
            LaunchWithA<Quads<TA, TLaneA>, TLaneA, TB, TLaneB, TResult>(new Quads<TA, TLaneA>(a), b, result, sizes, batches);
        }
        else
        {
            LaunchWithA<TA, TLaneA, TB, TLaneB, TResult>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithA<TA, TLaneA, TB, TLaneB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand<TLaneA>
        where TLaneA : unmanaged
        where TB : struct, ITileOperand<TLaneB>
        where TLaneB : unmanaged
        where TResult : struct, ITileResult
    {
        if (b.RunsInQuads(sizes, sizes.N))
        {
            LaunchWithB<TA, TLaneA, Quads<TB, TLaneB>, TLaneB, TResult>(a, new Quads<TB, TLaneB>(b), result, sizes, batches);
        }
        else
        {
            LaunchWithB<TA, TLaneA, TB, TLaneB, TResult>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithB<TA, TLaneA, TB, TLaneB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand<TLaneA>
        where TLaneA : unmanaged
        where TB : struct, ITileOperand<TLaneB>
        where TLaneB : unmanaged
        where TResult : struct, ITileResult
    {
        // Large tiles where there is one for every multiprocessor.
        var isLarge = GridOf<LargeTiles>(sizes, batches).Size >= accelerator.NumMultiprocessors;
        switch (Precision, isLarge)
        {
            case (Precision.Tf32, true):
                LaunchTiles<TA, TLaneA, TB, TLaneB, TResult, LargeTiles, TensorFloat32>(a, b, result, sizes, batches);
                break;
            case (Precision.Tf32, false):
                LaunchTiles<TA, TLaneA, TB, TLaneB, TResult, SmallTiles, TensorFloat32>(a, b, result, sizes, batches);
                break;
            case (_, true):
                LaunchTiles<TA, TLaneA, TB, TLaneB, TResult, LargeTiles, BFloat16>(a, b, result, sizes, batches);
                break;
            default:
                LaunchTiles<TA, TLaneA, TB, TLaneB, TResult, SmallTiles, BFloat16>(a, b, result, sizes, batches);
                break;
        }
    }

    private void LaunchTiles<TA, TLaneA, TB, TLaneB, TResult, TTiles, TNumber>(
        TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand<TLaneA>
        where TLaneA : unmanaged
        where TB : struct, ITileOperand<TLaneB>
        where TLaneB : unmanaged
        where TResult : struct, ITileResult
        where TTiles : struct, IWarpTiles
        where TNumber : struct, ITensorCoreNumber =>
        LaunchGroups(
            TensorCoreProduct.Multiply<TA, TLaneA, TB, TLaneB, TResult, TTiles, TNumber>,
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
