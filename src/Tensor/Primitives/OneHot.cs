using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Ids as rows of zeros with a one.</content>
public static partial class Primitive
{
    /// <summary>A row for each id, <c>y[n, k] = 1 where ids[n] = k, else 0</c>.</summary>
    /// <remarks>
    /// <para>Shapes: ids (N) → y (N, K). An id outside of [0, K) gives zeros.</para>
    /// <para>Deterministic: each element has one owner. It has no gradient.</para>
    /// </remarks>
    /// <exception cref="ShapeException">ids is not (N), or there is no class.</exception>
    public static Tensor<float> OneHot(Tensor<int> ids, int classes)
    {
        OneHotKernels.CheckShapes(ids.Shape, classes);
        var y = ids.Device.Empty<float>([ids.Size, classes]);
        ids.Device.Run(new OneHotKernels.Call(ids, y, classes));
        return y;
    }
}

internal static class OneHotKernels
{
    public static void CheckShapes(Shape ids, int classes)
    {
        if (ids.Rank != 1 || classes < 1)
        {
            throw new ShapeException("one-hot", "ids (N), and at least one class", $"ids {ids}, {classes} classes");
        }
    }

    internal readonly struct Compare(ArrayView<int> ids, ArrayView<float> y, int k) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = n·K + k.
            y[i] = ids[i / k] == i % k ? 1f : 0f;
        }
    }

    internal readonly record struct Call(Tensor<int> Ids, Tensor<float> Y, int K) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Ids.Size, HostLoop.RowGrain(K), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var row = new Span<float>(Y.Pointer + (nint)n * K, K);
                var id = Ids.Pointer[n];
                row.Clear();
                if ((uint)id < (uint)K)
                {
                    row[id] = 1;
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new Compare(Ids.View, Y.View, K));
    }
}
