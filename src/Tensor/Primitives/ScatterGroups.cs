using ILGPU;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Kernels of <see cref="Primitive.ScatterAddRows"/> for graphics processors: a group of threads per id,
/// as many read the ids at once.</summary>
internal static class ScatterGroups
{
    /// <summary>Threads that put the rows of an id in order.</summary>
    private const int OrderThreads = 128;

    /// <summary>Columns of a group that sums: a warp reads neighbours.</summary>
    private const int Columns = 32;

    /// <summary>Every 8th row of an id goes to the same warp.</summary>
    private const int Lanes = 8;

    public static void Sum(KernelDevice device, Tensor<float> values, Tensor<int> ids, Tensor<float> y, BagSizes sizes)
    {
        if (y.Size == 0)
        {
            return;
        }

        using var order = device.Empty<int>([ids.Size]);
        using var starts = device.Empty<int>([sizes.Rows]);
        using var ends = device.Empty<int>([sizes.Rows]);
        device.LaunchGroups(
            new KernelConfig(sizes.Rows, OrderThreads),
            new OrderRows(ids.View, order.View, starts.View, ends.View, sizes));
        device.LaunchGroups(
            new KernelConfig(
                new Index3D(sizes.Rows, (sizes.D + Columns - 1) / Columns, 1), new Index3D(Columns * Lanes, 1, 1)),
            new SumRows(values.View, order.View, starts.View, ends.View, y.View, sizes.D));
    }

    internal readonly struct OrderRows(
        ArrayView<int> ids, ArrayView<int> order, ArrayView<int> starts, ArrayView<int> ends, BagSizes s) : IGroupKernel
    {
        public void Run()
        {
            // Grid: one group per row of the tables, table·K + k. A thread looks through a piece of the bags; those of the row go
            // to order behind the bags of all smaller ids of the table and those of earlier pieces, so the order is stable.
            var table = Grid.IdxX / s.K;
            var k = Grid.IdxX - table * s.K;
            var owns = SharedMemory.Allocate<int>(OrderThreads);
            var smaller = SharedMemory.Allocate<int>(OrderThreads);
            var length = (s.N + OrderThreads - 1) / OrderThreads;
            var firstBag = IntrinsicMath.Min(Group.IdxX * length, s.N);
            var end = IntrinsicMath.Min(firstBag + length, s.N);
            int before = 0, own = 0;
            for (var n = firstBag; n < end; n++)
            {
                var first = s.First(n, table);
                for (var i = first; i < first + s.L; i++)
                {
                    var id = ids[i];
                    before += id >= 0 && id < k ? 1 : 0;
                    own += id == k ? 1 : 0;
                }
            }

            owns[Group.IdxX] = own;
            smaller[Group.IdxX] = before;
            Group.Barrier();
            int start = table * s.N * s.L, earlier = 0, all = 0;
            for (var thread = 0; thread < OrderThreads; thread++)
            {
                start += smaller[thread];
                all += owns[thread];
                earlier += thread < Group.IdxX ? owns[thread] : 0;
            }

            if (Group.IdxX == 0)
            {
                starts[Grid.IdxX] = start;
                ends[Grid.IdxX] = start + all;
            }

            var place = start + earlier;
            for (var n = firstBag; own > 0; n++)
            {
                var first = s.First(n, table);
                for (var i = first; i < first + s.L; i++)
                {
                    if (ids[i] == k)
                    {
                        order[place] = n;
                        place++;
                        own--;
                    }
                }
            }
        }
    }

    internal readonly struct SumRows(
        ArrayView<float> values, ArrayView<int> order, ArrayView<int> starts, ArrayView<int> ends, ArrayView<float> y, int d)
        : IGroupKernel
    {
        public void Run()
        {
            // Grid: one group per id (X) and 32 columns (Y). A warp sums every 8th row of the id;
            // the sums of the warps are added in their order.
            var sums = SharedMemory.Allocate<float>(Columns * Lanes);
            var column = Grid.IdxY * Columns + Group.IdxX % Columns;
            var sum = 0f;
            if (column < d)
            {
                for (var j = starts[Grid.IdxX] + Group.IdxX / Columns; j < ends[Grid.IdxX]; j += Lanes)
                {
                    sum += values[order[j] * d + column];
                }
            }

            sums[Group.IdxX] = sum;
            Group.Barrier();
            if (Group.IdxX < Columns && column < d)
            {
                for (var lane = 1; lane < Lanes; lane++)
                {
                    sum += sums[lane * Columns + Group.IdxX];
                }

                y[Grid.IdxX * d + column] = sum;
            }
        }
    }

    /// <summary>How often an id comes: the sum of a row of ones and zeros.</summary>
    internal readonly record struct CountBody(ArrayView<int> Ids, ArrayView<float> Counts, int N) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            // Numbers of up to 24 bits are exact.
            var count = 0;
            for (var i = TTeam.First; i < N; i += TTeam.Step)
            {
                count += Ids[i] == row ? 1 : 0;
            }

            Counts[row] = TTeam.Sum(count);
        }
    }
}
