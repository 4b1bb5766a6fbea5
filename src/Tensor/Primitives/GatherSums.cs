using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Sums of rows that are looked up, <c>y[n, :] = Σₜ table[ids[n, t], :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: table (K, D), ids (N, T) → y (N, D). An id outside [0, K) adds nothing.</para>
    /// <para>Deterministic: each element has one owner, which adds over t in order.</para>
    /// </remarks>
    /// <exception cref="ShapeException">table is not (K, D), or ids is not (N, T).</exception>
    public static Tensor<float> GatherSums(Tensor<float> table, Tensor<int> ids)
    {
        var sizes = GatherSumsKernels.CheckShapes(table.Shape, ids.Shape);
        var y = table.Device.Empty<float>([sizes.N, sizes.D]);
        table.Device.Run(new GatherSumsKernels.Call(table, ids, y, sizes));
        return y;
    }

    /// <summary>dTable of <see cref="GatherSums"/>: <c>dTable[k, :] = Σₙₜ [ids[n, t] = k] · dY[n, :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: dY (N, D), ids (N, T) → (K, D).</para>
    /// <para>Determinism and cost: those of <see cref="ScatterAddRows"/> for N·T ids; dY is not repeated.</para>
    /// </remarks>
    /// <exception cref="ShapeException">dY is not (N, D), ids is not (N, T), or rows is negative.</exception>
    public static Tensor<float> GatherSumsGradient(Tensor<float> dY, Tensor<int> ids, int rows)
    {
        var (n, d, t) = GatherSumsKernels.CheckGradient(dY.Shape, ids.Shape, rows);
        var dTable = dY.Device.Empty<float>([rows, d]);
        dY.Device.Run(new ScatterAddKernels.RowsCall(dY, ids, dTable, n * t, d, Math.Max(t, 1)));
        return dTable;
    }
}

internal static class GatherSumsKernels
{
    private const string Op = "gather-sums";

    public static BagSizes CheckShapes(Shape table, Shape ids) => (table, ids) switch
    {
        ([var k, var d], [var n, var t]) => new BagSizes(k, n, t, d),
        _ => throw new ShapeException(Op, "table (K, D), ids (N, T)", ("table", table), ("ids", ids)),
    };

    public static (int N, int D, int T) CheckGradient(Shape dY, Shape ids, int rows) => (dY, ids) switch
    {
        ([var n, var d], [var count, var t]) when n == count && rows >= 0 => (n, d, t),
        _ => throw new ShapeException(Op, "dY (N, D), ids (N, T), rows of at least 0", $"dY {dY}, ids {ids}, rows {rows}"),
    };

    /// <summary>Rows K of a table and N of sums, ids T of each, columns D.</summary>
    internal readonly record struct BagSizes(int K, int N, int T, int D);

    internal readonly struct SumBags(ArrayView<float> table, ArrayView<int> ids, ArrayView<float> y, BagSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = n·D + d.
            var first = i / s.D * s.T;
            var column = i % s.D;
            var sum = 0f;
            for (var t = 0; t < s.T; t++)
            {
                var id = ids[first + t];
                if (id >= 0 && id < s.K)
                {
                    sum += table[id * s.D + column];
                }
            }

            y[i] = sum;
        }
    }

    internal readonly record struct Call(Tensor<float> Table, Tensor<int> Ids, Tensor<float> Y, BagSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.N, HostLoop.RowGrain((long)Sizes.D * Math.Max(Sizes.T, 1)), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var ids = new ReadOnlySpan<int>(Ids.Pointer + (nint)n * Sizes.T, Sizes.T);
                var row = Y.Pointer + (nint)n * Sizes.D;
                var column = 0;
                for (; column <= Sizes.D - 64; column += 64)
                {
                    Sum64(Table.Pointer + column, ids, row + column);
                }

                for (; column < Sizes.D; column += HostLoop.Width)
                {
                    Sum16(Table.Pointer + column, ids, row + column, Math.Min(HostLoop.Width, Sizes.D - column));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new SumBags(Table.View, Ids.View, Y.View, Sizes));

        private unsafe void Sum64(float* from, ReadOnlySpan<int> ids, float* to)
        {
            var (a, b, c, e) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            foreach (var id in ids)
            {
                if ((uint)id < (uint)Sizes.K)
                {
                    var p = from + (nint)id * Sizes.D;
                    a += Vector512.Load(p);
                    b += Vector512.Load(p + 16);
                    c += Vector512.Load(p + 32);
                    e += Vector512.Load(p + 48);
                }
            }

            a.Store(to);
            b.Store(to + 16);
            c.Store(to + 32);
            e.Store(to + 48);
        }

        private unsafe void Sum16(float* from, ReadOnlySpan<int> ids, float* to, int count)
        {
            var sum = Vector512<float>.Zero;
            foreach (var id in ids)
            {
                if ((uint)id < (uint)Sizes.K)
                {
                    sum += Vector512.Load(from + (nint)id * Sizes.D);
                }
            }

            HostLoop.StorePart(sum, to, count);
        }
    }
}
