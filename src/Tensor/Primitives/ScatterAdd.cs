using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

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
        values.Device.Run(new ScatterAddKernels.RowsCall(values, ids, y, n, d));
        return y;
    }

    /// <summary>How often each id in [0, rows) comes, as float: exact up to 2²⁴.</summary>
    /// <exception cref="ShapeException">ids is not (N), or rows is negative.</exception>
    public static Tensor<float> CountIds(Tensor<int> ids, int rows)
    {
        ScatterAddKernels.CheckShapes([ids.Size, 1], ids.Shape, rows);
        var counts = ids.Device.Empty<float>([rows]);
        ids.Device.Run(new ScatterAddKernels.CountsCall(ids, counts));
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

    internal readonly struct OrderRows(ArrayView<int> ids, ArrayView<int> order, ArrayView<int> ends, int n, int repeat) : IKernel
    {
        public void Run(int k)
        {
            // Grid: one thread per id. Its rows go to order[ends[k − 1] … ends[k]): behind those of all smaller ids.
            int before = 0, own = 0;
            for (var i = 0; i < n; i++)
            {
                var id = ids[i];
                before += id >= 0 && id < k ? 1 : 0;
                own += id == k ? 1 : 0;
            }

            ends[k] = before + own;
            for (var i = 0; own > 0; i++)
            {
                if (ids[i] == k)
                {
                    order[before] = i / repeat;
                    before++;
                    own--;
                }
            }
        }
    }

    internal readonly struct SumRows(
        ArrayView<float> values, ArrayView<int> order, ArrayView<int> ends, ArrayView<float> y, int d) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = k·D + d.
            var k = i / d;
            var column = i % d;
            var sum = 0f;
            for (var j = k > 0 ? ends[k - 1] : 0; j < ends[k]; j++)
            {
                sum += values[order[j] * d + column];
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

    /// <summary>Each row of values goes to as many of the N ids, one after the other, as it is repeated.</summary>
    internal readonly record struct RowsCall(
        Tensor<float> Values, Tensor<int> Ids, Tensor<float> Y, int N, int D, int Repeat = 1) : IPrimitive
    {
        private int K => Y.Shape[0];

        public void OnHost(HostDevice device)
        {
            using var order = device.Borrow<int>(N);
            using var ends = device.Borrow<int>(K);
            HostOrder(order.Span, ends.Span);
            device.Team.For(K, HostLoop.RowGrain((long)(N / Math.Max(K, 1) + 1) * D), new SumSegments(Values, order, ends, Y, D));
        }

        public void OnKernels(KernelDevice device)
        {
            if (device.HasFastGroups)
            {
                ScatterGroups.Sum(device, Values, Ids, Y, Repeat);
                return;
            }

            using var order = device.Empty<int>([N]);
            using var ends = device.Empty<int>([K]);
            device.Launch(K, new OrderRows(Ids.View, order.View, ends.View, N, Repeat));
            device.Launch(Y.Size, new SumRows(Values.View, order.View, ends.View, Y.View, D));
        }

        /// <summary>Counting sort: order gets the rows by id, ends where the rows of each id end.</summary>
        private void HostOrder(Span<int> order, Span<int> ends)
        {
            ends.Clear();
            foreach (var id in Ids.Span)
            {
                if ((uint)id < (uint)ends.Length)
                {
                    ends[id]++;
                }
            }

            var start = 0;
            foreach (ref var end in ends)
            {
                // Until its rows are placed, an id's entry is where the next of them goes.
                (start, end) = (start + end, start);
            }

            for (var n = 0; n < N; n++)
            {
                var id = Ids.Span[n];
                if ((uint)id < (uint)ends.Length)
                {
                    order[ends[id]++] = n / Repeat;
                }
            }
        }
    }

    /// <summary>Each chunk owns some ids.</summary>
    internal readonly struct SumSegments(
        Tensor<float> values, HostBuffer<int> order, HostBuffer<int> ends, Tensor<float> y, int d) : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            for (var k = start; k < end; k++)
            {
                var first = k > 0 ? ends.Pointer[k - 1] : 0;
                var rows = new ReadOnlySpan<int>(order.Pointer + first, ends.Pointer[k] - first);
                var row = y.Pointer + (nint)k * d;
                var column = 0;
                for (; column <= d - 64; column += 64)
                {
                    Sum64(values.Pointer + column, rows, row + column);
                }

                for (; column < d; column += HostLoop.Width)
                {
                    Sum16(values.Pointer + column, rows, row + column, Math.Min(HostLoop.Width, d - column));
                }
            }
        }

        private unsafe void Sum64(float* from, ReadOnlySpan<int> rows, float* to)
        {
            var (a, b, c, e) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            foreach (var n in rows)
            {
                var p = from + (nint)n * d;
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

        private unsafe void Sum16(float* from, ReadOnlySpan<int> rows, float* to, int count)
        {
            var sum = Vector512<float>.Zero;
            foreach (var n in rows)
            {
                sum += Vector512.Load(from + (nint)n * d);
            }

            HostLoop.StorePart(sum, to, count);
        }
    }
}
