using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>All ids where a number is not 0, else −1, which stands for none: <c>y[n] = keep ≠ 0 ? ids[n] : −1</c>.</summary>
    /// <remarks>
    /// <para>Shapes: ids any, keep () → y as ids.</para>
    /// <para>NaN keeps them. Deterministic.</para>
    /// </remarks>
    /// <exception cref="ShapeException">keep is not ().</exception>
    public static Tensor<int> KeepIds(Tensor<int> ids, Tensor<float> keep)
    {
        if (keep.Shape.Rank != 0)
        {
            throw new ShapeException("keep-ids", "ids of any shape, keep ()", ("ids", ids.Shape), ("keep", keep.Shape));
        }

        var y = ids.Device.Empty<int>(ids.Shape);
        ids.Device.Run(new IdMaskKernels.KeepCall(ids, keep, y));
        return y;
    }

    /// <summary>Where there is an id, <c>y[n] = ids[n] ≠ −1 ? 1 : 0</c>: the mask of what <see cref="KeepIds"/> left.</summary>
    /// <remarks>Shapes: ids any → y as ids. Other ids that no codebook has count as ids. Deterministic.</remarks>
    public static Tensor<float> IdMask(Tensor<int> ids)
    {
        var y = ids.Device.Empty<float>(ids.Shape);
        ids.Device.Run(new IdMaskKernels.MaskCall(ids, y));
        ids.Device.Trace?.Record(y, new IdMaskOperation(), ids);
        return y;
    }
}

internal static class IdMaskKernels
{
    private const int None = -1;

    internal readonly struct KeepElements(ArrayView<int> ids, ArrayView<float> keep, ArrayView<int> y) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per id.
            y[i] = keep[0] != 0 ? ids[i] : None;
        }
    }

    internal readonly struct MaskElements(ArrayView<int> ids, ArrayView<float> y) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per id.
            y[i] = ids[i] != None ? 1f : 0f;
        }
    }

    internal readonly record struct KeepCall(Tensor<int> Ids, Tensor<float> Keep, Tensor<int> Y) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public void Range(int start, int end)
        {
            var target = Y.Span[start..end];
            if (Keep.Span[0] != 0)
            {
                Ids.Span[start..end].CopyTo(target);
            }
            else
            {
                target.Fill(None);
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new KeepElements(Ids.View, Keep.View, Y.View));
    }

    internal readonly record struct MaskCall(Tensor<int> Ids, Tensor<float> Y) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public void Range(int start, int end)
        {
            var ids = Ids.Span;
            var y = Y.Span;
            for (var i = start; i < end; i++)
            {
                y[i] = ids[i] != None ? 1 : 0;
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new MaskElements(Ids.View, Y.View));
    }
}
