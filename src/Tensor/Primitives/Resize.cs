using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Changes the size of images by repeating or dropping pixels, <c>y[b, c, i, j] = x[b, c, ⌊i·H / OutH⌋, ⌊j·W /
    /// OutW⌋]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW), all four lengths of pixels at least 1.</para>
    /// <para>Gradient: each pixel of dX sums the pixels of dY that were read from it, which form a rectangle, rows first.</para>
    /// <para>The pixel's place is computed in whole numbers; it is that of PyTorch's "nearest" but
    /// for its rounding errors.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a size is below 1.</exception>
    public static Tensor<float> ResizeNearest(Tensor<float> x, int height, int width)
    {
        var sizes = ResizeKernels.CheckShapes(x.Shape, height, width);
        var y = x.Device.Empty<float>([x.Shape[0], x.Shape[1], height, width]);
        x.Device.Run(new ResizeKernels.NearestCall(x, y, sizes));
        return y;
    }

    /// <summary>dX (B, C, <paramref name="height"/>, <paramref name="width"/>) from dY, whose size is the larger or smaller
    /// one.</summary>
    /// <exception cref="ShapeException">dY is not (B, C, OutH, OutW), or a size is below 1.</exception>
    public static Tensor<float> ResizeNearestGradient(Tensor<float> dY, int height, int width)
    {
        var sizes = ResizeKernels.CheckShapes(dY.Shape, height, width).Swapped;
        var dX = dY.Device.Empty<float>([dY.Shape[0], dY.Shape[1], height, width]);
        dY.Device.Run(new ResizeKernels.GradientCall(dY, dX, sizes));
        return dX;
    }
}

internal static class ResizeKernels
{
    internal static ResizeSizes CheckShapes(Shape x, int height, int width) => x switch
    {
        [var b, var c, > 0 and var h, > 0 and var w] when height > 0 && width > 0 => new ResizeSizes(b * c, h, w, height, width),
        _ => throw new ShapeException("nearest-resize", "x (B, C, H, W) and sizes of at least 1", $"x {x} to {height} × {width}"),
    };

    internal readonly struct CopyNearest(ArrayView<float> x, ArrayView<float> y, ResizeSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (plane·OutH + row)·OutW + column.
            var column = i % s.OutW;
            var row = i / s.OutW % s.OutH;
            var plane = i / s.OutW / s.OutH;
            y[i] = x[(plane * s.H + ResizeSizes.Source(row, s.H, s.OutH)) * s.W + ResizeSizes.Source(column, s.W, s.OutW)];
        }
    }

    internal readonly struct SumRepeats(ArrayView<float> dY, ArrayView<float> dX, ResizeSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = (plane·H + row)·W + column.
            var column = i % s.W;
            var row = i / s.W % s.H;
            var plane = i / s.W / s.H;
            var endRow = ResizeSizes.First(row + 1, s.H, s.OutH);
            var endColumn = ResizeSizes.First(column + 1, s.W, s.OutW);
            var sum = 0f;
            for (var r = ResizeSizes.First(row, s.H, s.OutH); r < endRow; r++)
            {
                for (var c = ResizeSizes.First(column, s.W, s.OutW); c < endColumn; c++)
                {
                    sum += dY[(plane * s.OutH + r) * s.OutW + c];
                }
            }

            dX[i] = sum;
        }
    }

    internal readonly record struct NearestCall(Tensor<float> X, Tensor<float> Y, ResizeSizes Sizes) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.Planes, HostLoop.RowGrain((long)Sizes.OutH * Sizes.OutW), this);

        public unsafe void Range(int start, int end)
        {
            var s = Sizes;
            var columns = (int*)HostScratch.Floats(s.OutW);
            for (var j = 0; j < s.OutW; j++)
            {
                columns[j] = ResizeSizes.Source(j, s.W, s.OutW);
            }

            for (var plane = start; plane < end; plane++)
            {
                var y = Y.Pointer + (nint)plane * s.OutH * s.OutW;
                var last = -1;
                for (var i = 0; i < s.OutH; i++, y += s.OutW)
                {
                    var row = ResizeSizes.Source(i, s.H, s.OutH);
                    if (row == last)
                    {
                        Unsafe.CopyBlockUnaligned(y, y - s.OutW, (uint)s.OutW * sizeof(float));
                        continue;
                    }

                    last = row;
                    var x = X.Pointer + ((nint)plane * s.H + row) * s.W;
                    for (var j = 0; j < s.OutW; j++)
                    {
                        y[j] = x[columns[j]];
                    }
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new CopyNearest(X.View, Y.View, Sizes));
    }

    internal readonly record struct GradientCall(Tensor<float> DY, Tensor<float> DX, ResizeSizes Sizes) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(
            Sizes.Planes * Sizes.H, HostLoop.RowGrain((long)Sizes.OutW * Math.Max(1, Sizes.OutH / Sizes.H)), this);

        public unsafe void Range(int start, int end)
        {
            // The rows of dY that belong to one of dX are added up first, then neighbours within the sum.
            var s = Sizes;
            var sums = HostScratch.Floats(s.OutW);
            for (var index = start; index < end; index++)
            {
                var plane = index / s.H;
                var row = index - plane * s.H;
                new Span<float>(sums, s.OutW).Clear();
                for (var r = ResizeSizes.First(row, s.H, s.OutH); r < ResizeSizes.First(row + 1, s.H, s.OutH); r++)
                {
                    AddRow(DY.Pointer + ((nint)plane * s.OutH + r) * s.OutW, sums, s.OutW);
                }

                var dX = DX.Pointer + (nint)index * s.W;
                var c = 0;
                for (var column = 0; column < s.W; column++)
                {
                    var sum = 0f;
                    for (var last = ResizeSizes.First(column + 1, s.W, s.OutW); c < last; c++)
                    {
                        sum += sums[c];
                    }

                    dX[column] = sum;
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(DX.Size, new SumRepeats(DY.View, DX.View, Sizes));

        private static unsafe void AddRow(float* dY, float* sums, int count)
        {
            for (var i = 0; i < count; i += HostLoop.Width)
            {
                var sum = Vector512.Load(sums + i) + Vector512.Load(dY + i);
                HostLoop.StorePart(sum, sums + i, Math.Min(HostLoop.Width, count - i));
            }
        }
    }
}

/// <summary>Sizes of images before (H, W) and after (OutH, OutW) they are resized.</summary>
/// <param name="Planes">B·C.</param>
/// <param name="H">Height of x.</param>
/// <param name="W">Width of x.</param>
/// <param name="OutH">Height of y.</param>
/// <param name="OutW">Width of y.</param>
internal readonly record struct ResizeSizes(int Planes, int H, int W, int OutH, int OutW)
{
    /// <summary>The same with before and after exchanged.</summary>
    public ResizeSizes Swapped => new(Planes, OutH, OutW, H, W);

    /// <summary>⌊i·length / outLength⌋: where an output pixel is read.</summary>
    public static int Source(int i, int length, int outLength) => (int)((long)i * length / outLength);

    /// <summary>⌈i·outLength / length⌉: the first output pixel that is read from i or behind it.</summary>
    public static int First(int i, int length, int outLength) => (int)(((long)i * outLength + length - 1) / length);
}
