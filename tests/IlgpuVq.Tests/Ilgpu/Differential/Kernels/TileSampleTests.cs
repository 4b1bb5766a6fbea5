using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Matrix products, reductions and scans as users of ILGPU write them.</summary>
public sealed class TileSampleTests(DifferentialDevices devices) : KernelTests<TileSampleTests>(devices), IKernelSet
{
    private const int Tile = 8;
    private const int GroupSize = 64;

    private interface IReduction<T>
        where T : unmanaged
    {
        static abstract T Neutral { get; }

        static abstract T Combine(T left, T right);
    }

    public static void AddTo(KernelSet kernels)
    {
        AddMatrices(kernels);
        AddReductions(kernels);
    }

    private static void AddMatrices(KernelSet kernels)
    {
        kernels.Add("a naive matrix product over 2-D views", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<
                Index2D, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>,
                    ArrayView2D<float, Stride2D.DenseX>>(MultiplyNaive)(
                new(13, 9),
                run.Input(Samples.Floats(171, 13 * 11)).As2DDenseXView(new(13, 11)),
                run.Input(Samples.Floats(172, 11 * 9)).As2DDenseXView(new(11, 9)),
                run.Output<float>(13 * 9).As2DDenseXView(new(13, 9))));
        kernels.Add("a tiled matrix product", run =>
            run.Accelerator.LoadStreamKernel<
                ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>,
                    ArrayView2D<float, Stride2D.DenseX>>(MultiplyTiled)(
                (new Index2D(2, 2), new Index2D(Tile, Tile)),
                run.Input(Samples.Floats(173, 13 * 19)).As2DDenseXView(new(13, 19)),
                run.Input(Samples.Floats(174, 19 * 11)).As2DDenseXView(new(19, 11)),
                run.Output<float>(13 * 11).As2DDenseXView(new(13, 11))));
        kernels.Add("a product with a tile of registers per thread", run =>
        {
            const int n = 32;
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(MultiplyRegisters)(
                (new Index2D(2, 2), new Index2D(4, 4)),
                run.Input(Samples.Floats(175, n * n)),
                run.Input(Samples.Floats(176, n * n)),
                run.Output<float>(n * n),
                n);
        });
        kernels.Add("matrix and vector of any number type", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView2D<long, Stride2D.DenseY>, ArrayView<long>,
                ArrayView<long>>(MultiplyVector)(
                12,
                run.Input(Samples.Drawn<long>(177, 12 * 7)).As2DDenseYView(new(12, 7)),
                run.Input(Samples.Drawn<long>(178, 7)),
                run.Output<long>(12)));
    }

    private static void MultiplyNaive(
        Index2D index,
        ArrayView2D<float, Stride2D.DenseX> a,
        ArrayView2D<float, Stride2D.DenseX> b,
        ArrayView2D<float, Stride2D.DenseX> c)
    {
        var sum = 0.0f;
        for (var i = 0; i < a.IntExtent.Y; i++)
        {
            sum += a[new Index2D(index.X, i)] * b[new Index2D(i, index.Y)];
        }

        c[index] = sum;
    }

    private static void MultiplyTiled(
        ArrayView2D<float, Stride2D.DenseX> a,
        ArrayView2D<float, Stride2D.DenseX> b,
        ArrayView2D<float, Stride2D.DenseX> c)
    {
        var (x, y) = (Group.IdxX, Group.IdxY);
        var (row, column) = ((Grid.IdxX * Tile) + x, (Grid.IdxY * Tile) + y);
        var aTile = SharedMemory.Allocate2DDenseX<float>(new Index2D(Tile, Tile));
        var bTile = SharedMemory.Allocate2DDenseX<float>(new Index2D(Tile, Tile));
        var sum = 0f;
        for (var start = 0; start < a.IntExtent.Y; start += Tile)
        {
            aTile[x, y] = row < a.IntExtent.X && start + y < a.IntExtent.Y ? a[row, start + y] : 0;
            bTile[x, y] = start + x < b.IntExtent.X && column < b.IntExtent.Y ? b[start + x, column] : 0;
            Group.Barrier();
            for (var k = 0; k < Tile; k++)
            {
                sum += aTile[x, k] * bTile[k, y];
            }

            Group.Barrier();
        }

        if (row < c.IntExtent.X && column < c.IntExtent.Y)
        {
            c[row, column] = sum;
        }
    }

    private static void MultiplyRegisters(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int n)
    {
        const int edge = 16;
        const int perThread = 4;
        var aTile = SharedMemory.Allocate<float>(edge * perThread);
        var bTile = SharedMemory.Allocate<float>(perThread * edge);
        var (row, column) = (Grid.IdxY * edge, Grid.IdxX * edge);
        var sums = new float[perThread * perThread];
        for (var start = 0; start < n; start += perThread)
        {
            for (var k = Group.LinearIndex; k < edge * perThread; k += Group.DimX * Group.DimY)
            {
                aTile[k] = a[((row + (k / perThread)) * n) + start + (k % perThread)];
                bTile[k] = b[((start + (k / edge)) * n) + column + (k % edge)];
            }

            Group.Barrier();
            for (var k = 0; k < perThread; k++)
            {
                for (var i = 0; i < perThread; i++)
                {
                    var left = aTile[(((Group.IdxY * perThread) + i) * perThread) + k];
                    for (var j = 0; j < perThread; j++)
                    {
                        sums[(i * perThread) + j] += left * bTile[(k * edge) + (Group.IdxX * perThread) + j];
                    }
                }
            }

            Group.Barrier();
        }

        for (var i = 0; i < perThread; i++)
        {
            for (var j = 0; j < perThread; j++)
            {
                c[((row + (Group.IdxY * perThread) + i) * n) + column + (Group.IdxX * perThread) + j] = sums[(i * perThread) + j];
            }
        }
    }

    private static void MultiplyVector<T>(Index1D row, ArrayView2D<T, Stride2D.DenseY> matrix, ArrayView<T> vector,
        ArrayView<T> result)
        where T : unmanaged, INumber<T>
    {
        var sum = T.Zero;
        for (var column = 0; column < vector.IntLength; column++)
        {
            sum += matrix[row, column] * vector[column];
        }

        result[row] = sum;
    }

    private static void AddReductions(KernelSet kernels)
    {
        kernels.Add("a generic reduction: sum of long", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<long>, ArrayView<long>>(Reduce<long, Sum<long>>)(
                (3, GroupSize), run.Input(Samples.Drawn<long>(181, 1000)), run.Output<long>(3)));
        kernels.Add("a generic reduction: largest float", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(Reduce<float, Largest<float>>)(
                (3, GroupSize), run.Input(Samples.Floats(182, 1000)), run.Output<float>(3)));
        kernels.Add("a reduction in dynamic shared memory", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(ReduceDynamic)(
                (4, 32, SharedMemoryConfig.RequestDynamic<float>(32)), run.Input(Samples.Floats(183, 128)),
                    run.Output<float>(4)));
        kernels.Add("a reduction by warp shuffles", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceByShuffles)(
                (2, GroupSize), run.Input(Samples.Ints(184, 500, -100, 100)), run.InOut(new int[1])));
        kernels.Add("the place of the largest element", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>>(FindLargest)(
                (1, 32), run.Input(Samples.Floats(185, 300)), run.Output<int>(1)));
        kernels.Add("a histogram of bytes", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<byte>, ArrayView<int>>((i, bytes, bins) =>
                Atomic.Add(ref bins[bytes[i] >> 4], 1))(2000, run.Input(Samples.Drawn<byte>(186, 2000)), run.InOut(new int[16])));
        kernels.Add("a two-pass exclusive scan", run =>
        {
            var x = run.Input(Samples.Ints(187, 4 * GroupSize, 0, 10));
            var y = run.Output<int>(4 * GroupSize);
            var sums = run.Output<int>(4, name: "sums");
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, ArrayView<int>>(ScanBlocks)((4, GroupSize), x, y,
                sums);
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(AddOffsets)((4, GroupSize), y, sums);
        });
    }

    private static void Reduce<T, TReduction>(ArrayView<T> x, ArrayView<T> y)
        where T : unmanaged
        where TReduction : struct, IReduction<T>
    {
        var shared = SharedMemory.Allocate<T>(GroupSize);
        var result = TReduction.Neutral;
        for (var i = Grid.GlobalIndex.X; i < x.Length; i += Grid.GridStrideLoopStride)
        {
            result = TReduction.Combine(result, x[i]);
        }

        shared[Group.IdxX] = result;
        Group.Barrier();
        for (var half = GroupSize / 2; half > 0; half >>= 1)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] = TReduction.Combine(shared[Group.IdxX], shared[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        if (Group.IsFirstThread)
        {
            y[Grid.IdxX] = shared[0];
        }
    }

    private static void ReduceDynamic(ArrayView<float> x, ArrayView<float> y)
    {
        var shared = SharedMemory.GetDynamic<float>();
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] += shared[Group.IdxX + half];
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
        {
            y[Grid.IdxX] = shared[0];
        }
    }

    private static void ReduceByShuffles(ArrayView<int> x, ArrayView<int> y)
    {
        var sum = 0;
        for (var i = Grid.GlobalIndex.X; i < x.Length; i += Grid.GridStrideLoopStride)
        {
            sum += x[i];
        }

        for (var delta = Warp.WarpSize / 2; delta > 0; delta /= 2)
        {
            sum += Warp.ShuffleDown(sum, delta);
        }

        if (Warp.IsFirstLane)
        {
            Atomic.Add(ref y[0], sum);
        }
    }

    private static void FindLargest(ArrayView<float> x, ArrayView<int> y)
    {
        var values = SharedMemory.Allocate<float>(32);
        var places = SharedMemory.Allocate<int>(32);
        var (best, place) = (float.NegativeInfinity, -1);
        for (var i = Group.IdxX; i < x.IntLength; i += Group.DimX)
        {
            if (x[i] > best)
            {
                (best, place) = (x[i], i);
            }
        }

        (values[Group.IdxX], places[Group.IdxX]) = (best, place);
        Group.Barrier();
        if (Group.IsFirstThread)
        {
            for (var k = 1; k < Group.DimX; k++)
            {
                if (values[k] > best || (values[k] == best && places[k] < place))
                {
                    (best, place) = (values[k], places[k]);
                }
            }

            y[0] = place;
        }
    }

    private static void ScanBlocks(ArrayView<int> x, ArrayView<int> y, ArrayView<int> sums)
    {
        var shared = SharedMemory.Allocate<int>(GroupSize);
        var i = Grid.GlobalIndex.X;
        shared[Group.IdxX] = x[i];
        for (var step = 1; step < GroupSize; step <<= 1)
        {
            Group.Barrier();
            var left = Group.IdxX >= step ? shared[Group.IdxX - step] : 0;
            Group.Barrier();
            shared[Group.IdxX] += left;
        }

        y[i] = shared[Group.IdxX] - x[i];
        if (Group.IsLastThread)
        {
            sums[Grid.IdxX] = shared[Group.IdxX];
        }
    }

    private static void AddOffsets(ArrayView<int> y, ArrayView<int> sums)
    {
        var offset = 0;
        for (var k = 0; k < Grid.IdxX; k++)
        {
            offset += sums[k];
        }

        y[Grid.GlobalIndex.X] += offset;
    }

    private readonly struct Sum<T> : IReduction<T>
        where T : unmanaged, INumber<T>
    {
        public static T Neutral => T.Zero;

        public static T Combine(T left, T right) => left + right;
    }

    private readonly struct Largest<T> : IReduction<T>
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static T Neutral => T.MinValue;

        public static T Combine(T left, T right) => left > right ? left : right;
    }
}
