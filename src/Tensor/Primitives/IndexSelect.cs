using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Elements of an axis by ids.</content>
public static partial class Primitive
{
    /// <summary>The elements of an axis that ids name, <c>y[…, n, …] = x[…, ids[n], …]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x any, ids (N) → y with the axis of length N. A negative axis counts from the end.</para>
    /// <para>An id outside of the axis gives NaN: a kernel cannot throw.</para>
    /// </remarks>
    /// <exception cref="ShapeException">No such axis, or ids is not (N).</exception>
    public static Tensor<float> IndexSelect(Tensor<float> x, int axis, Tensor<int> ids)
    {
        var (index, sizes) = IndexSelectKernels.CheckShapes(x.Shape, axis, ids.Shape);
        var y = x.Device.Empty<float>(x.Shape.With(index, ids.Size));
        x.Device.Run(new IndexSelectKernels.Call(x, ids, y, sizes));
        x.Device.Trace?.Record(y, new GatherOperation(index), x, ids);
        return y;
    }

    /// <summary>dX of <see cref="IndexSelect"/> along an axis of <paramref name="length"/>: each element sums dY over the places
    /// that read it, in their order. An id outside of the axis is left out.</summary>
    /// <exception cref="ShapeException">No such axis, a negative length, or dY's axis is not as long as ids.</exception>
    public static Tensor<float> IndexSelectGradient(Tensor<float> dY, int axis, Tensor<int> ids, int length)
    {
        var (index, sizes) = IndexSelectKernels.CheckShapes(dY.Shape, axis, ids.Shape);
        if (sizes.Length != ids.Size || length < 0)
        {
            throw new ShapeException(
                "index-select", "dY with as many elements on the axis as ids",
                $"dY {dY.Shape}, ids {ids.Shape}, length {length}");
        }

        var dX = dY.Device.Empty<float>(dY.Shape.With(index, length));
        dY.Device.Run(new IndexSelectKernels.GradientCall(dY, ids, dX, sizes with { Length = length }));
        return dX;
    }
}

/// <summary>Kernels and calls of the choice by ids.</summary>
internal static class IndexSelectKernels
{
    public static (int Axis, AxisSizes Sizes) CheckShapes(Shape x, int axis, Shape ids) => ids.Rank == 1
        ? AxisSizes.Check("index-select", x, axis)
        : throw new ShapeException("index-select", "ids (N)", ("x", x), ("ids", ids));

    /// <summary>Ids on an accelerator.</summary>
    internal readonly struct DeviceIds(ArrayView<int> ids, int length) : IAxisMap
    {
        public int Source(int i)
        {
            var id = ids[i];
            return id < length ? id : -1;
        }

        public int Readers(int k) => 0;

        public int Reader(int k, int j) => -1;
    }

    /// <summary>Ids in host memory.</summary>
    private readonly unsafe struct HostIds(int* ids, int length) : IAxisMap
    {
        public int Source(int i) => ids[i] < length ? ids[i] : -1;

        public int Readers(int k) => 0;

        public int Reader(int k, int j) => -1;
    }

    internal readonly struct SumSelected(
        ArrayView<float> dY, ArrayView<int> order, ArrayView<int> ends, ArrayView<float> dX, AxisSizes s, int count) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = (outer·Length + k)·Inner + inner. The places that read k are order[ends[k −
            // 1] … ends[k]).
            var row = i / s.Inner;
            var outer = row / s.Length;
            var k = row - outer * s.Length;
            var sum = 0f;
            for (var j = k > 0 ? ends[k - 1] : 0; j < ends[k]; j++)
            {
                sum += dY[(outer * count + order[j]) * s.Inner + (i - row * s.Inner)];
            }

            dX[i] = sum;
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<int> Ids, Tensor<float> Y, AxisSizes Sizes) : IPrimitive
    {
        public static bool IsReproducible => true;

        public unsafe void OnHost(HostDevice device) => device.Team.For(
            Y.Size, HostLoop.ElementGrain,
            new AxisGather.HostRead<HostIds>(X.Pointer, Y.Pointer, Sizes, Ids.Size, new HostIds(Ids.Pointer, Sizes.Length)));

        public void OnKernels(KernelDevice device) => device.Launch(
            Y.Size,
            new AxisGather.ReadMapped<DeviceIds>(X.View, Y.View, Sizes, Ids.Size, new DeviceIds(Ids.View, Sizes.Length)));
    }

    internal readonly record struct GradientCall(Tensor<float> DY, Tensor<int> Ids, Tensor<float> DX, AxisSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.Blocks(HostLoop.Width), HostLoop.RowGrain((long)Ids.Size * HostLoop.Width), this);

        public unsafe void Range(int start, int end)
        {
            // A block of lines has one owner, which passes by all ids in order.
            nint step = Sizes.Inner;
            for (var block = start; block < end; block++)
            {
                var (first, line, count) = Sizes.Block(block, HostLoop.Width);
                var outer = line / Sizes.Inner;
                var dY = DY.Pointer + outer * Ids.Size * step + (line - outer * step);
                var dX = DX.Pointer + first;
                if (step == 1)
                {
                    SumLine(dY, dX);
                    continue;
                }

                for (var k = 0; k < Sizes.Length; k++)
                {
                    HostLoop.StorePart(Vector512<float>.Zero, dX + k * step, count);
                }

                for (var n = 0; n < Ids.Size; n++)
                {
                    var id = Ids.Pointer[n];
                    if (id >= 0 && id < Sizes.Length)
                    {
                        HostAxis.AddRow(dY + n * step, dX + id * step, count);
                    }
                }
            }
        }

        private unsafe void SumLine(float* dY, float* dX)
        {
            new Span<float>(dX, Sizes.Length).Clear();
            for (var n = 0; n < Ids.Size; n++)
            {
                var id = Ids.Pointer[n];
                if (id >= 0 && id < Sizes.Length)
                {
                    dX[id] += dY[n];
                }
            }
        }

        public void OnKernels(KernelDevice device)
        {
            using var order = device.Empty<int>([Ids.Size]);
            using var ends = device.Empty<int>([Sizes.Length]);
            var bags = new BagSizes(Ids.Size, T: 1, L: 1, Sizes.Length, D: 1);
            device.Launch(Sizes.Length, new ScatterAddKernels.OrderRows(Ids.View, order.View, ends.View, bags));
            device.Launch(DX.Size, new SumSelected(DY.View, order.View, ends.View, DX.View, Sizes, Ids.Size));
        }
    }
}
