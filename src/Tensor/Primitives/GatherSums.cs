using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Sums of rows that are looked up, some in each of several tables:
    /// <c>y[n, :] = Σₜₗ tables[t, ids[n, t, l], :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: tables (T, K, D), ids (N, T, L) → y (N, D). An id outside [0, K) adds nothing.</para>
    /// <para>Deterministic: each element has one owner, which adds over t and l in order.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> GatherSums(Tensor<float> tables, Tensor<int> ids)
    {
        var sizes = GatherSumsKernels.CheckShapes(tables.Shape, ids.Shape);
        var y = tables.Device.Empty<float>([sizes.N, sizes.D]);
        tables.Device.Run(new GatherSumsKernels.Call(tables, ids, y, sizes));
        return y;
    }

    /// <summary>dTables of <see cref="GatherSums"/>: <c>dTables[t, k, :] = Σₙₗ [ids[n, t, l] = k] · dY[n, :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: dY (N, D), ids (N, T, L) → (T, K, D) with K = <paramref name="rows"/>.</para>
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

/// <summary>Lengths of N bags, each of which has L ids of each of T tables of K rows and D columns.</summary>
internal readonly record struct BagSizes(int N, int T, int L, int K, int D)
{
    /// <summary>Rows of all tables.</summary>
    public int Rows => T * K;

    /// <summary>Where the ids lie that a bag has of a table.</summary>
    public int First(int bag, int table) => (bag * T + table) * L;
}

internal static class GatherSumsKernels
{
    private const string Op = "gather-sums";

    public static BagSizes CheckShapes(Shape tables, Shape ids) => (tables, ids) switch
    {
        ([var t, var k, var d], [var n, var t2, var l]) when t == t2 => new BagSizes(n, t, l, k, d),
        _ => throw new ShapeException(Op, "tables (T, K, D), ids (N, T, L)", ("tables", tables), ("ids", ids)),
    };

    public static BagSizes CheckGradient(Shape dY, Shape ids, int rows) => (dY, ids) switch
    {
        ([var n, var d], [var count, var t, var l]) when n == count && rows >= 0 => new BagSizes(n, t, l, rows, d),
        _ => throw new ShapeException(
            Op, "dY (N, D), ids (N, T, L), rows of at least 0", $"dY {dY}, ids {ids}, rows {rows}"),
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

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.N, HostLoop.RowGrain((long)Sizes.D * Math.Max(Sizes.T * Sizes.L, 1)), this);

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
}
