using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Row lookup <c>y[n, :] = table[ids[n], :]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: table (K, D), ids (N) → y (N, D). An id outside [0, K) gives a row of <c>missing</c>, NaN if nothing else is
    /// said: a kernel cannot throw.</para>
    /// <para>Numbers are copied bit by bit.</para>
    /// </remarks>
    /// <exception cref="ShapeException">table is not (K, D), or ids is not (N).</exception>
    public static Tensor<float> GatherRows(Tensor<float> table, Tensor<int> ids, float missing = float.NaN)
    {
        var (k, n, d) = GatherKernels.CheckShapes(table.Shape, ids.Shape);
        var y = table.Device.Empty<float>([n, d]);
        table.Device.Run(new GatherKernels.Call(table, ids, y, k, d, missing));
        return y;
    }
}

internal static class GatherKernels
{
    internal static (int K, int N, int D) CheckShapes(Shape table, Shape ids) => (table, ids) switch
    {
        ([var k, var d], [var n]) => (k, n, d),
        _ => throw new ShapeException("gather-rows", "table (K, D), ids (N)", ("table", table), ("ids", ids)),
    };

    internal readonly struct GatherRows(
        ArrayView<float> table, ArrayView<int> ids, ArrayView<float> y, int k, int d, float missing) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = n·D + d.
            var id = ids[i / d];
            y[i] = id >= 0 && id < k ? table[id * d + i % d] : missing;
        }
    }

    internal readonly record struct Call(Tensor<float> Table, Tensor<int> Ids, Tensor<float> Y, int K, int D, float Missing)
        : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Ids.Size, HostLoop.RowGrain(D), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var id = Ids.Pointer[n];
                var row = Y.Pointer + (nint)n * D;
                if (id >= 0 && id < K)
                {
                    Unsafe.CopyBlockUnaligned(row, Table.Pointer + (nint)id * D, (uint)D * sizeof(float));
                }
                else
                {
                    new Span<float>(row, D).Fill(Missing);
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new GatherRows(Table.View, Ids.View, Y.View, K, D, Missing));
    }
}
