using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Sums of rows by id, <c>y[k, :] = Σₙ [ids[n] = k] · values[n, :]</c>, and how many rows each id has.</summary>
    /// <remarks>
    /// <para>Shapes: values (N, D), ids (N) → y (K, D), or counts (K). An id outside [0, K) is skipped; an id
    /// that never comes gives 0.</para>
    /// <para>Deterministic: the rows are first ordered by id, stably, then each y[k, d] has one owner that adds in a
    /// fixed order. No atomics.</para>
    /// <para>Cost: O(N·D) and, on accelerators, K threads, or groups of threads, that read all ids twice.</para>
    /// </remarks>
    /// <exception cref="ShapeException">values is not (N, D), ids is not (N), or rows is negative.</exception>
    public static Tensor<float> ScatterAddRows(Tensor<float> values, Tensor<int> ids, int rows)
    {
        var (n, d) = ScatterAddKernels.CheckShapes(values.Shape, ids.Shape, rows);
        var y = values.Device.Empty<float>([rows, d]);
        values.Device.Run(new ScatterAddKernels.RowsCall(values, ids, y, new BagSizes(n, T: 1, L: 1, rows, d)));
        values.Device.Trace?.Record(y, new NamedOperation("scatter-add-rows"), values, ids);
        return y;
    }

    /// <summary>How often each id in [0, rows) comes, as float: exact up to 2²⁴.</summary>
    /// <exception cref="ShapeException">ids is not (N), or rows is negative.</exception>
    public static Tensor<float> CountIds(Tensor<int> ids, int rows)
    {
        ScatterAddKernels.CheckShapes([ids.Size, 1], ids.Shape, rows);
        var counts = ids.Device.Empty<float>([rows]);
        ids.Device.Run(new ScatterAddKernels.CountsCall(ids, counts));
        ids.Device.Trace?.Record(counts, new NamedOperation("count-ids"), ids);
        return counts;
    }
}

internal static class ScatterAddKernels
{
    internal static (int N, int D) CheckShapes(Shape values, Shape ids, int rows) => (values, ids) switch
    {
        ([var n, var d], [var count]) when n == count && rows >= 0 => (n, d),
        _ => throw new ShapeException(
            "scatter-add", "values (N, D), ids (N), rows of at least 0", $"values {values}, ids {ids}, rows {rows}"),
    };

    internal readonly struct OrderRows(ArrayView<int> ids, ArrayView<int> order, ArrayView<int> ends, BagSizes s) : IKernel
    {
        public void Run(int row)
        {
            // Grid: one thread per row of the tables, table·K + k. Its bags go to order[ends[row − 1] … ends[row]), those of the
            // first row of a table to order[table·N·L …): behind those of all smaller ids.
            var table = row / s.K;
            var k = row - table * s.K;
            int place = table * s.N * s.L, own = 0;
            for (var n = 0; n < s.N; n++)
            {
                var first = s.First(n, table);
                for (var i = first; i < first + s.L; i++)
                {
                    var id = ids[i];
                    place += id >= 0 && id < k ? 1 : 0;
                    own += id == k ? 1 : 0;
                }
            }

            ends[row] = place + own;
            for (var n = 0; own > 0; n++)
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
        ArrayView<float> values, ArrayView<int> order, ArrayView<int> ends, ArrayView<float> y, BagSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = row·D + d.
            var row = i / s.D;
            var column = i % s.D;
            var sum = 0f;
            for (var j = row % s.K > 0 ? ends[row - 1] : row / s.K * s.N * s.L; j < ends[row]; j++)
            {
                sum += values[order[j] * s.D + column];
            }

            y[i] = sum;
        }
    }

    internal readonly record struct CountsCall(Tensor<int> Ids, Tensor<float> Y) : IPrimitive
    {
        public void OnHost(HostDevice device)
        {
            // One pass on one thread: with every id in the first cache level this takes less time than to wake the others.
            var counts = Y.Span;
            counts.Clear();
            foreach (var id in Ids.Span)
            {
                if ((uint)id < (uint)counts.Length)
                {
                    counts[id]++;
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Y.Size, Ids.Size, new ScatterGroups.CountBody(Ids.View, Y.View, Ids.Size));
    }

    /// <summary>Row n of values goes to all rows that the ids of bag n name.</summary>
    internal readonly record struct RowsCall(Tensor<float> Values, Tensor<int> Ids, Tensor<float> Y, BagSizes Sizes) : IPrimitive
    {
        public void OnHost(HostDevice device)
        {
            using var order = device.Borrow<int>(Ids.Size);
            using var ends = device.Borrow<int>(Sizes.Rows);
            device.Team.For(Sizes.T, HostLoop.RowGrain((long)Sizes.N * Sizes.L), new SortTables(Ids, order, ends, Sizes));
            var length = (long)(Ids.Size / Math.Max(Sizes.Rows, 1) + 1) * Sizes.D;
            device.Team.For(Sizes.Rows, HostLoop.RowGrain(length), new SumSegments(Values, order, ends, Y, Sizes));
        }

        public void OnKernels(KernelDevice device)
        {
            if (device.HasFastGroups)
            {
                ScatterGroups.Sum(device, Values, Ids, Y, Sizes);
                return;
            }

            using var order = device.Empty<int>([Ids.Size]);
            using var ends = device.Empty<int>([Sizes.Rows]);
            device.Launch(Sizes.Rows, new OrderRows(Ids.View, order.View, ends.View, Sizes));
            device.Launch(Y.Size, new SumRows(Values.View, order.View, ends.View, Y.View, Sizes));
        }
    }

    /// <summary>Counting sort, a table at a time: order gets the bags by id, ends where those of each row end.</summary>
    internal readonly struct SortTables(Tensor<int> ids, HostBuffer<int> order, HostBuffer<int> ends, BagSizes s) : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            for (var table = start; table < end; table++)
            {
                var own = new Span<int>(ends.Pointer + (nint)table * s.K, s.K);
                own.Clear();
                for (var n = 0; n < s.N; n++)
                {
                    foreach (var id in IdsOf(n, table))
                    {
                        if ((uint)id < (uint)own.Length)
                        {
                            own[id]++;
                        }
                    }
                }

                var next = table * s.N * s.L;
                foreach (ref var place in own)
                {
                    // Until its bags are placed, a row's entry is where the next of them goes.
                    (next, place) = (next + place, next);
                }

                for (var n = 0; n < s.N; n++)
                {
                    foreach (var id in IdsOf(n, table))
                    {
                        if ((uint)id < (uint)own.Length)
                        {
                            order.Pointer[own[id]++] = n;
                        }
                    }
                }
            }
        }

        private unsafe ReadOnlySpan<int> IdsOf(int n, int table) => new(ids.Pointer + s.First(n, table), s.L);
    }

    /// <summary>Each chunk owns some rows.</summary>
    internal readonly struct SumSegments(
        Tensor<float> values, HostBuffer<int> order, HostBuffer<int> ends, Tensor<float> y, BagSizes s) : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var first = row % s.K > 0 ? ends.Pointer[row - 1] : row / s.K * s.N * s.L;
                var bags = new ReadOnlySpan<int>(order.Pointer + first, ends.Pointer[row] - first);
                var to = y.Pointer + (nint)row * s.D;
                var column = 0;
                for (; column <= s.D - 64; column += 64)
                {
                    Sum64(values.Pointer + column, bags, to + column);
                }

                for (; column < s.D; column += HostLoop.Width)
                {
                    Sum16(values.Pointer + column, bags, to + column, Math.Min(HostLoop.Width, s.D - column));
                }
            }
        }

        private unsafe void Sum64(float* from, ReadOnlySpan<int> bags, float* to)
        {
            var (a, b, c, e) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            foreach (var n in bags)
            {
                var p = from + (nint)n * s.D;
                a += Vector512.Load(p);
                b += Vector512.Load(p + 16);
                c += Vector512.Load(p + 32);
                e += Vector512.Load(p + 48);
            }

            a.Store(to);
            b.Store(to + 16);
            c.Store(to + 32);
            e.Store(to + 48);
        }

        private unsafe void Sum16(float* from, ReadOnlySpan<int> bags, float* to, int count)
        {
            var sum = Vector512<float>.Zero;
            foreach (var n in bags)
            {
                sum += Vector512.Load(from + (nint)n * s.D);
            }

            HostLoop.StorePart(sum, to, count);
        }
    }
}
