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

    public static void Sum(KernelDevice device, Tensor<float> values, Tensor<int> ids, Tensor<float> y, int repeat)
    {
        var (k, d, n) = (y.Shape[0], y.Shape[1], ids.Size);
        if (y.Size == 0)
        {
            return;
        }

        using var order = device.Empty<int>([n]);
        using var starts = device.Empty<int>([k]);
        using var ends = device.Empty<int>([k]);
        device.LaunchGroups(
            new KernelConfig(k, OrderThreads), new OrderRows(ids.View, order.View, starts.View, ends.View, n, repeat));
        device.LaunchGroups(
            new KernelConfig(new Index3D(k, (d + Columns - 1) / Columns, 1), new Index3D(Columns * Lanes, 1, 1)),
            new SumRows(values.View, order.View, starts.View, ends.View, y.View, d));
    }

    internal readonly struct OrderRows(
        ArrayView<int> ids, ArrayView<int> order, ArrayView<int> starts, ArrayView<int> ends, int n, int repeat) : IGroupKernel
    {
        public void Run()
        {
            // Grid: one group per id k. A thread looks through a piece of the ids; its rows of k go to order behind the rows of
            // all smaller ids and those of k in earlier pieces, so the order is stable.
            var k = Grid.IdxX;
            var owns = SharedMemory.Allocate<int>(OrderThreads);
            var smaller = SharedMemory.Allocate<int>(OrderThreads);
            var length = (n + OrderThreads - 1) / OrderThreads;
            var first = IntrinsicMath.Min(Group.IdxX * length, n);
            var end = IntrinsicMath.Min(first + length, n);
            int before = 0, own = 0;
            for (var i = first; i < end; i++)
            {
                var id = ids[i];
                before += id >= 0 && id < k ? 1 : 0;
                own += id == k ? 1 : 0;
            }

            owns[Group.IdxX] = own;
            smaller[Group.IdxX] = before;
            Group.Barrier();
            int start = 0, earlier = 0, all = 0;
            for (var thread = 0; thread < OrderThreads; thread++)
            {
                start += smaller[thread];
                all += owns[thread];
                earlier += thread < Group.IdxX ? owns[thread] : 0;
            }

            if (Group.IdxX == 0)
            {
                starts[k] = start;
                ends[k] = start + all;
            }

            var place = start + earlier;
            for (var i = first; own > 0; i++)
            {
                if (ids[i] == k)
                {
                    order[place] = i / repeat;
                    place++;
                    own--;
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
