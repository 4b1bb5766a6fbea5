using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Products of tiles: in which precision, which operands are copied in fours, how large the tiles are.</content>
internal sealed partial class KernelDevice
{
    /// <summary>A batch of matrix products, or of the pieces of their sums.</summary>
    public void LaunchProduct<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches = 1)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        if (sizes.M == 0 || sizes.N == 0 || batches == 0)
        {
            return;
        }

        if (!HasFastGroups)
        {
            Launch(batches * sizes.M * sizes.N, new ProductByThread<TA, TB, TResult>(a, b, result, sizes));
            return;
        }

        switch (Precision)
        {
            case Precision.Fp32:
                LaunchGroups(
                    new KernelConfig(
                        new Index3D(TileProduct.Count(sizes.N), TileProduct.Count(sizes.M), batches * sizes.Pieces),
                        new Index3D(TileProduct.Threads, 1, 1)),
                    new TileProduct.Multiply<TA, TB, TResult>(a, b, result, sizes));
                break;
            case Precision.Tf32:
                LaunchOnTensorCores<TA, TB, TResult, TensorFloat32>(a, b, result, sizes, batches);
                break;
            default:
                LaunchOnTensorCores<TA, TB, TResult, BFloat16>(a, b, result, sizes, batches);
                break;
        }
    }

    /// <summary>The best column of each row: its product with the row, plus an offset of its own.</summary>
    public void LaunchFindBest<TA, TB>(TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
    {
        switch (Precision)
        {
            case Precision.Fp32:
                LaunchGroups(
                    new KernelConfig(TileProduct.Count(sizes.M), TileProduct.Threads),
                    new TileProduct.FindBest<TA, TB>(a, b, offsets, best, sizes));
                break;
            case Precision.Tf32:
                FindBestOnTensorCores<TA, TB, TensorFloat32>(a, b, offsets, best, sizes);
                break;
            default:
                FindBestOnTensorCores<TA, TB, BFloat16>(a, b, offsets, best, sizes);
                break;
        }
    }

    private void LaunchOnTensorCores<TA, TB, TResult, TNumber>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
        where TNumber : struct, ITensorCoreNumber
    {
        if (a.RunsInQuads(sizes, sizes.M))
        {
            LaunchWithA<TA, CopyQuads, TB, TResult, TNumber>(a, b, result, sizes, batches);
        }
        else
        {
            LaunchWithA<TA, CopySingles, TB, TResult, TNumber>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithA<TA, TCopyA, TB, TResult, TNumber>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
        where TNumber : struct, ITensorCoreNumber
    {
        if (b.RunsInQuads(sizes, sizes.N))
        {
            LaunchWithB<TA, TCopyA, TB, CopyQuads, TResult, TNumber>(a, b, result, sizes, batches);
        }
        else
        {
            LaunchWithB<TA, TCopyA, TB, CopySingles, TResult, TNumber>(a, b, result, sizes, batches);
        }
    }

    private void LaunchWithB<TA, TCopyA, TB, TCopyB, TResult, TNumber>(TA a, TB b, TResult result, TileSizes sizes, int batches)
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TCopyB : struct, ICopyLength
        where TResult : struct, ITileResult
        where TNumber : struct, ITensorCoreNumber
    {
        // Large tiles where there are two for every multiprocessor.
        var large = GridOf<LargeTile>(sizes, batches);
        if (large.Size >= 2L * engine.Multiprocessors)
        {
            LaunchTiles<TA, TCopyA, TB, TCopyB, TResult, LargeTile, TNumber>(a, b, result, sizes, large);
        }
        else
        {
            LaunchTiles<TA, TCopyA, TB, TCopyB, TResult, SmallTile, TNumber>(
                a, b, result, sizes, GridOf<SmallTile>(sizes, batches));
        }
    }

    private void LaunchTiles<TA, TCopyA, TB, TCopyB, TResult, TTile, TNumber>(
        TA a, TB b, TResult result, TileSizes sizes, Index3D grid)
        where TA : struct, ITileOperand
        where TCopyA : struct, ICopyLength
        where TB : struct, ITileOperand
        where TCopyB : struct, ICopyLength
        where TResult : struct, ITileResult
        where TTile : struct, IWarpTile
        where TNumber : struct, ITensorCoreNumber =>
        LaunchGroups(
            new KernelConfig(grid, new Index3D(TensorCoreProduct.Threads, 1, 1)),
            new TensorCoreProduct.Multiply<TA, TCopyA, TB, TCopyB, TResult, TTile, TNumber>(
                a, AddressOf(a.Values), b, AddressOf(b.Values), result, sizes));

    private void FindBestOnTensorCores<TA, TB, TNumber>(
        TA a, TB b, ArrayView<float> offsets, ArrayView<int> best, TileSizes sizes)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TNumber : struct, ITensorCoreNumber
    {
        var config = new KernelConfig(
            (sizes.M + TensorCoreProduct.SmallRows - 1) / TensorCoreProduct.SmallRows, TensorCoreProduct.Threads);
        var (addressA, addressB) = (AddressOf(a.Values), AddressOf(b.Values));
        if (a.RunsInQuads(sizes, sizes.M) && b.RunsInQuads(sizes, sizes.N))
        {
            LaunchGroups(
                config,
                new TensorCoreProduct.FindBest<TA, CopyQuads, TB, CopyQuads, TNumber>(
                    a, addressA, b, addressB, offsets, best, sizes));
        }
        else
        {
            LaunchGroups(
                config,
                new TensorCoreProduct.FindBest<TA, CopySingles, TB, CopySingles, TNumber>(
                    a, addressA, b, addressB, offsets, best, sizes));
        }
    }

    /// <summary>Where groups are slow; sums are in one piece.</summary>
    internal readonly struct ProductByThread<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes) : IKernel
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        public void Run(int i)
        {
            // Grid: one thread per result, i = (z·M + row)·N + column.
            var (column, row, z) = (i % sizes.N, i / sizes.N % sizes.M, i / (sizes.N * sizes.M));
            var (laneA, laneB) = (a.Lane(z, row), b.Lane(z, column));
            var sum = 0f;
            for (var k = 0; k < sizes.K; k++)
            {
                sum += a.Values[a.Find(laneA, a.Step(k))] * b.Values[b.Find(laneB, b.Step(k))];
            }

            result.Store(z, row, result.Column(column), sum);
        }
    }

    private static long AddressOf(ArrayView<float> values) => values.LoadEffectiveAddressAsPtr();

    private static Index3D GridOf<TTile>(TileSizes sizes, int batches)
        where TTile : struct, IWarpTile => new(
            (sizes.N + TensorCoreProduct.Columns - 1) / TensorCoreProduct.Columns,
            (sizes.M + TensorCoreProduct.RowsOf<TTile>() - 1) / TensorCoreProduct.RowsOf<TTile>(),
            batches * sizes.Pieces);
}
