using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Explicitly grouped kernels: places in groups and grids, barriers that count, broadcasts.</summary>
public sealed class GroupTests(DifferentialDevices devices) : KernelTests<GroupTests>(devices), IKernelSet
{
    private static readonly int[] Numbers = Samples.Ints(121, 256, -50, 50);

    public static void AddTo(KernelSet kernels)
    {
        AddPlaces(kernels);
        AddBarriers(kernels);
        AddFences(kernels);
    }

    private static void AddPlaces(KernelSet kernels)
    {
        kernels.Grouped<int, int>("indices and dimensions in one dimension", (5, 12), Numbers, (_, y) =>
            y[(Grid.IdxX * Group.DimX) + Group.IdxX] = Group.IdxX + (Grid.IdxX * 100) + (Group.DimX * 10000) +
                (Grid.DimX * 1000000));
        kernels.Grouped<int, int>(
            "indices and dimensions in two dimensions", (new Index2D(3, 2), new Index2D(4, 5)), Numbers, (_, y) =>
        {
            var (x, row) = ((Grid.IdxX * Group.DimX) + Group.IdxX, (Grid.IdxY * Group.DimY) + Group.IdxY);
            y[(row * Grid.DimX * Group.DimX) + x] = (x * 1000) + row;
        });
        kernels.Grouped<int, int>(
            "indices and dimensions in three dimensions", (new Index3D(2, 3, 2), new Index3D(4, 2, 3)), Numbers, (_, y) =>
        {
            var index = Grid.GlobalIndex;
            var extent = Grid.Dimension * Group.Dimension;
            y[(((index.Z * extent.Y) + index.Y) * extent.X) + index.X] =
                Group.Index.X + (Group.Index.Y * 10) + (Group.Index.Z * 100) + (Grid.Index.X * 1000) + (Grid.Index.Y * 10000) +
                    (Grid.Index.Z * 100000);
        });
        kernels.Grouped<int, int>("linear indices in one dimension", (3, 20), Numbers, (_, y) =>
            y[Grid.GlobalLinearIndex] = Group.LinearIndex + (Grid.LinearIndex * 100));
        kernels.Grouped<int, int>(
            "linear indices in three dimensions", (new Index3D(2, 2, 3), new Index3D(2, 5, 3)), Numbers, (_, y) =>
            y[(Grid.LinearIndex * 30) + Group.LinearIndex] = Grid.GlobalLinearIndex + (Group.IdxZ * 1000) + (Grid.IdxZ * 100000));
        kernels.Grouped<int, long>("places as long", (4, 16), Numbers, (_, y) =>
            y[Grid.GlobalLinearIndex] = (Grid.LongGlobalIndex.X << 33) + Grid.LongGlobalLinearIndex);
        kernels.Grouped<int, int>("the first and the last thread", (2, 24), Numbers, (_, y) =>
            y[Grid.GlobalLinearIndex] = Group.IsFirstThread ? 1 : Group.IsLastThread ? 2 : 0);
        kernels.Add("a loop with the stride of the grid", run =>
        {
            var y = run.Output<int>(1000);
            run.Accelerator.LoadStreamKernel<ArrayView<int>>(result =>
            {
                for (var i = Grid.GlobalIndex.X; i < result.IntLength; i += Grid.GridStrideLoopStride)
                {
                    result[i] = i * 3;
                }
            })((3, 32), y);
        });
        kernels.Add("threads beyond the data do nothing", run =>
        {
            var y = run.InOut(Numbers[..100]);
            run.Accelerator.LoadStreamKernel<ArrayView<int>>(values =>
            {
                var i = Grid.GlobalIndex.X;
                if (i >= values.Length)
                {
                    return;
                }

                values[i] = -values[i];
            })((4, 32), y);
        });
        kernels.Add("helpers that ask for places", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>>(y => y[Place()] = Place() * 2)((3, 8), run.Output<int>(24)));
        kernels.Add("a configuration of one thread", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>>(y =>
            {
                for (var i = 0; i < y.IntLength; i++)
                {
                    y[i] = i ^ 3;
                }
            })((1, 1), run.Output<int>(17)));
    }

    private static void AddBarriers(KernelSet kernels)
    {
        kernels.Grouped<int, int>("BarrierPopCount", (2, 32), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            y[i] = Group.BarrierPopCount(x[i] > 0) + (100 * Group.BarrierPopCount((x[i] & 1) == 0));
        });
        kernels.Grouped<int, int>("BarrierAnd and BarrierOr", (3, 16), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var all = Group.BarrierAnd(x[i] < 1000);
            var none = Group.BarrierAnd(x[i] > 0);
            var any = Group.BarrierOr(x[i] > 0);
            var never = Group.BarrierOr(x[i] > 1000);
            y[i] = (all ? 1 : 0) + (none ? 2 : 0) + (any ? 4 : 0) + (never ? 8 : 0) + (Group.BarrierAnd(Grid.IdxX == 1) ? 16 : 0);
        });
        kernels.Grouped<int, int>("Group.Broadcast of int", (3, 16), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            y[i] = Group.Broadcast(x[i], 5) + (1000 * Group.Broadcast(i, 15));
        });
        kernels.Grouped<int, double>("Group.Broadcast of double", (2, 16), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            y[i] = Group.Broadcast(x[i] * 0.1, Grid.IdxX);
        });
        kernels.Grouped<int, int>("broadcasts in a loop", (1, 8), Numbers, (x, y) =>
        {
            var i = Group.LinearIndex;
            var sum = 0;
            for (var k = 0; k < 8; k++)
            {
                sum = (sum * 3) + Group.Broadcast(x[i] + sum, k);
            }

            y[i] = sum;
        });
        kernels.Grouped<int, int>("a loop that ends when the whole group agrees", (2, 16), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var (value, rounds) = (x[i] & 31, 0);
            while (Group.BarrierOr(value > 0))
            {
                value -= 3;
                rounds++;
            }

            y[i] = (rounds * 1000) + value;
        });
    }

    private static void AddFences(KernelSet kernels)
    {
        kernels.Grouped<int, int>("fences change nothing that one thread sees", (2, 16), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            y[i] = x[i];
            MemoryFence.GroupLevel();
            y[i] += 1;
            MemoryFence.DeviceLevel();
            y[i] *= 3;
            MemoryFence.SystemLevel();
            y[i] -= 7;
        });
        kernels.Grouped<int, int>("global memory seen by the group after a barrier", (2, 32), Numbers, (x, y) =>
        {
            var start = Grid.IdxX * Group.DimX;
            y[start + Group.IdxX] = x[start + Group.IdxX];
            Group.Barrier();
            var other = y[start + Group.DimX - 1 - Group.IdxX];
            Group.Barrier();
            y[start + Group.IdxX] = (other * 3) + 1;
        });
    }

    private static int Place() => (Grid.IdxX * Group.DimX) + Group.IdxX;
}
