using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Sums of rows that are looked up, some in each of several tables:
    /// <c>y[n, :] = Σₜₗ tables[t, ids[t, n, l], :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: tables (T, K, D), ids (T, N, L) → y (N, D). An id outside [0, K) adds nothing.</para>
    /// <para>Deterministic: each element has one owner, which adds over t and l in order. On a reproducible device it has the
    /// bits of the product of one-hot vectors with the tables' columns.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> GatherSums(Tensor<float> tables, Tensor<int> ids)
    {
        var sizes = GatherSumsKernels.CheckShapes(tables.Shape, ids.Shape);
        var y = tables.Device.Empty<float>([sizes.N, sizes.D]);
        tables.Device.Run(new GatherSumsKernels.Call(tables, ids, y, sizes));
        return y;
    }

    /// <summary>dTables of <see cref="GatherSums"/>: <c>dTables[t, k, :] = Σₙₗ [ids[t, n, l] = k] · dY[n, :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: dY (N, D), ids (T, N, L) → (T, K, D) with K = <paramref name="rows"/>.</para>
    /// <para>Deterministic: the ids of each table are ordered, stably, then each element has one owner that adds in a fixed
    /// order. No atomics.</para>
    /// <para>Cost: O(N·T·L·D) and, on accelerators, T·K threads, or groups of threads, that read the N·L ids of their table
    /// twice.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or rows is negative.</exception>
    public static Tensor<float> GatherSumsGradient(Tensor<float> dY, Tensor<int> ids, int rows)
    {
        var sizes = GatherSumsKernels.CheckGradient(dY.Shape, ids.Shape, rows);
        var dTables = dY.Device.Empty<float>([sizes.T, rows, sizes.D]);
        dY.Device.Run(new ScatterAddKernels.RowsCall(dY, ids, dTables, sizes));
        return dTables;
    }
}

/// <summary>Lengths of N bags, each of which has L ids of each of T tables of K rows and D columns: ids (T, N, L).</summary>
internal readonly record struct BagSizes(int N, int T, int L, int K, int D)
{
    /// <summary>Rows of all tables.</summary>
    public int Rows => T * K;

    /// <summary>Where the ids lie that a bag has of a table.</summary>
    public int First(int bag, int table) => (table * N + bag) * L;
}

internal static class GatherSumsKernels
{
    private const string Op = "gather-sums";

    public static BagSizes CheckShapes(Shape tables, Shape ids) => (tables, ids) switch
    {
        ([var t, var k, var d], [var t2, var n, var l]) when t == t2 => new BagSizes(n, t, l, k, d),
        _ => throw new ShapeException(Op, "tables (T, K, D), ids (T, N, L)", ("tables", tables), ("ids", ids)),
    };

    public static BagSizes CheckGradient(Shape dY, Shape ids, int rows) => (dY, ids) switch
    {
        ([var n, var d], [var t, var count, var l]) when n == count && rows >= 0 => new BagSizes(n, t, l, rows, d),
        _ => throw new ShapeException(
            Op, "dY (N, D), ids (T, N, L), rows of at least 0", $"dY {dY}, ids {ids}, rows {rows}"),
    };

    internal readonly struct SumBags(ArrayView<float> tables, ArrayView<int> ids, ArrayView<float> y, BagSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = n·D + d.
            var bag = i / s.D;
            var column = i % s.D;
            var sum = 0f;
            for (var table = 0; table < s.T; table++)
            {
                var first = s.First(bag, table);
                for (var j = first; j < first + s.L; j++)
                {
                    var id = ids[j];
                    if (id >= 0 && id < s.K)
                    {
                        sum += tables[(table * s.K + id) * s.D + column];
                    }
                }
            }

            y[i] = sum;
        }
    }

    internal readonly record struct Call(Tensor<float> Tables, Tensor<int> Ids, Tensor<float> Y, BagSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device)
        {
            var grain = HostLoop.RowGrain((long)Sizes.D * Math.Max(Sizes.T * Sizes.L, 1));
            if (device.IsReproducible)
            {
                device.Team.For(Sizes.N, grain, new SumsInLanes(Tables, Ids, Y, Sizes));
            }
            else
            {
                device.Team.For(Sizes.N, grain, this);
            }
        }

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var row = Y.Pointer + (nint)n * Sizes.D;
                var column = 0;
                for (; column <= Sizes.D - 64; column += 64)
                {
                    Sum64(n, column, row + column);
                }

                for (; column < Sizes.D; column += HostLoop.Width)
                {
                    Sum16(n, column, row + column, Math.Min(HostLoop.Width, Sizes.D - column));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new SumBags(Tables.View, Ids.View, Y.View, Sizes));

        private unsafe void Sum64(int n, int column, float* to)
        {
            var (a, b, c, e) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (var table = 0; table < Sizes.T; table++)
            {
                var rows = RowsOf(table) + column;
                foreach (var id in IdsOf(n, table))
                {
                    if ((uint)id < (uint)Sizes.K)
                    {
                        var p = rows + (nint)id * Sizes.D;
                        a += Vector512.Load(p);
                        b += Vector512.Load(p + 16);
                        c += Vector512.Load(p + 32);
                        e += Vector512.Load(p + 48);
                    }
                }
            }

            a.Store(to);
            b.Store(to + 16);
            c.Store(to + 32);
            e.Store(to + 48);
        }

        private unsafe void Sum16(int n, int column, float* to, int count)
        {
            var sum = Vector512<float>.Zero;
            for (var table = 0; table < Sizes.T; table++)
            {
                var rows = RowsOf(table) + column;
                foreach (var id in IdsOf(n, table))
                {
                    if ((uint)id < (uint)Sizes.K)
                    {
                        sum += Vector512.Load(rows + (nint)id * Sizes.D);
                    }
                }
            }

            HostLoop.StorePart(sum, to, count);
        }

        private unsafe float* RowsOf(int table) => Tables.Pointer + (nint)table * Sizes.K * Sizes.D;

        private unsafe ReadOnlySpan<int> IdsOf(int n, int table) => new(Ids.Pointer + Sizes.First(n, table), Sizes.L);
    }

    /// <summary>The same sums in the order of the product with one-hot vectors: lane l of sixteen adds the rows l, l + 16, … of
    /// all tables, and the lanes are folded half onto half.</summary>
    private readonly unsafe struct SumsInLanes(Tensor<float> tables, Tensor<int> ids, Tensor<float> y, BagSizes sizes)
        : IRangeBody
    {
        private const int Lanes = 16;

        public void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                for (var column = 0; column < sizes.D; column += HostLoop.Width)
                {
                    HostLoop.StorePart(
                        Sum(n, tables.Pointer + column), y.Pointer + (nint)n * sizes.D + column,
                        Math.Min(HostLoop.Width, sizes.D - column));
                }
            }
        }

        private Vector512<float> Sum(int n, float* rows)
        {
            var lanes = stackalloc Vector512<float>[Lanes];
            new Span<Vector512<float>>(lanes, Lanes).Clear();
            for (var table = 0; table < sizes.T; table++)
            {
                var own = new ReadOnlySpan<int>(ids.Pointer + sizes.First(n, table), sizes.L);
                foreach (var id in own)
                {
                    if ((uint)id < (uint)sizes.K)
                    {
                        var row = table * sizes.K + id;
                        lanes[row % Lanes] += Vector512.Load(rows + (nint)row * sizes.D);
                    }
                }
            }

            for (var half = Lanes / 2; half > 0; half /= 2)
            {
                for (var lane = 0; lane < half; lane++)
                {
                    lanes[lane] += lanes[lane + half];
                }
            }

            return lanes[0];
        }
    }
}
