using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Launches over indices of every kind, with extents that fill no group, and arithmetic on indices.</summary>
public sealed class IndexSpaceTests(DifferentialDevices devices) : KernelTests<IndexSpaceTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddLaunches(kernels);
        AddArithmetic(kernels);
    }

    private static void AddLaunches(KernelSet kernels)
    {
        foreach (var length in new[] { 1, 31, 64, 1000, 4097 })
        {
            kernels.Add($"{length} threads in one dimension", run =>
                run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = (i * 7) + 1)(
                    length, run.InOut(new int[length + 5])));
        }

        kernels.Add("a 2-D launch", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>>((i, y) =>
                y[(i.Y * 37) + i.X] = (i.X * 1000) + i.Y)(
                new(37, 19), run.InOut(new int[37 * 19])));
        kernels.Add("a 3-D launch", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView<int>>((i, y) =>
                y[(((i.Z * 5) + i.Y) * 11) + i.X] = (i.X * 10000) + (i.Y * 100) + i.Z)(
                new(11, 5, 7), run.InOut(new int[11 * 5 * 7])));
        kernels.Add("a launch over a long index", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<LongIndex1D, ArrayView<long>>((i, y) => y[i] = i.X << 32)(
                300, run.Output<long>(300)));
        kernels.Add("a launch over a long index of three dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<LongIndex3D, ArrayView<long>>((i, y) =>
                y[(((i.Z * 5) + i.Y) * 6) + i.X] = (i.X << 40) + (i.Y << 20) + i.Z)(new(6, 5, 4), run.Output<long>(120)));
        kernels.Add("a group size that the program chooses", run =>
            run.Accelerator.LoadImplicitlyGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = i ^ 5, 48)(
                100, run.InOut(new int[120])));
        kernels.Add("a group size that the program chooses, in two dimensions", run =>
            run.Accelerator.LoadImplicitlyGroupedStreamKernel<Index2D, ArrayView<int>>((i, y) =>
                y[(i.Y * 13) + i.X] = i.X - i.Y, 16)(
                new(13, 9), run.InOut(new int[13 * 9])));
        kernels.Add("two launches of one kernel, in order", run =>
        {
            var y = run.InOut(Samples.Ints(111, 64, 0, 100));
            var kernel = run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>((i, values, factor) =>
                values[i] = (values[i] * factor) + 1);
            kernel(64, y, 3);
            kernel(50, y, -2);
        });
        kernels.Add("a kernel on a stream of its own", run =>
        {
            var x = run.Input(Samples.Of<int>());
            var y = run.Output<int>(x.Length);
            using var stream = run.Accelerator.CreateStream();
            run.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<int>, ArrayView<int>>((i, from, to) => to[i] = from[i] + 2)(
                stream, x.IntLength, x, y);
            stream.Synchronize();
        });
        kernels.Add("kernels that read what others wrote", run =>
        {
            var x = run.Input(Samples.Of<int>());
            var middle = run.Output<int>(x.Length, name: "middle");
            var y = run.Output<int>(x.Length);
            var step = run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>>((i, from, to) =>
                to[to.IntLength - 1 - i] = from[i] * 3);
            step(x.IntLength, x, middle);
            step(x.IntLength, middle, y);
        });
    }

    private static void AddArithmetic(KernelSet kernels)
    {
        kernels.Indexed<int>("operators of Index1D", (i, y) =>
            y[i] = ((i + 3) * 2) - (i / 4) + (i % 5) + (i > 10 ? 1 : 0) + new Index1D(7).X);
        kernels.Indexed<int>("operators of Index2D", (i, y) =>
        {
            var index = new Index2D(i, 3) + new Index2D(1, i);
            var product = (index * new Index2D(2)) - Index2D.One;
            y[i] = product.X + (product.Y * 100) + product.Size + (index == new Index2D(1, 3) ? 1 : 0) +
                (index.InBounds(new(9, 9)) ? 2 : 0);
        });
        kernels.Indexed<int>("operators of Index3D", (i, y) =>
        {
            var index = Index3D.Min(new(i, 5, 9), new(20, i, 8)) + new Index3D(1, 2, 3);
            y[i] = index.X + (index.Y * 50) + (index.Z * 2500) + index.Size;
        });
        kernels.Indexed<long>("conversions between indices of 32 and 64 bits", (i, y) =>
        {
            LongIndex1D wide = i;
            wide += 5_000_000_000;
            y[i] = wide + new LongIndex2D(i, 3).Size + new Index2D(i, 2).ToLongIndex().X;
        });
        kernels.Indexed<int>("indices taken apart", (i, y) =>
        {
            var (a, b) = new Index2D(i, 2);
            var (c, d, e) = new Index3D(a, b, 7);
            y[i] = a + (b * 3) + (c * 5) + (d * 7) + e;
        });
        kernels.Indexed<int>("an index from a linear one, and back", (i, y) =>
        {
            var index = new Index3D(i % 4, i / 4 % 5, i / 20);
            y[i] = (((index.Z * 5) + index.Y) * 4) + index.X;
        });
    }
}
