using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Means of windows of images.</content>
public static partial class Primitive
{
    /// <summary>The mean of each window, <c>y[b, c, i, j] = Σ x[b, c, h, w] / count</c> over the pixels of window (i,
    /// j).</summary>
    /// <remarks>
    /// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW) with Out = ⌊(length + padding − kernel) / stride⌋ + 1.</para>
    /// <para>Pixels of the padding are 0; count is the whole kernel with <paramref name="countsPadding"/>, else the pixels within
    /// x.</para>
    /// <para>NaN spreads to its windows. Deterministic: rows are added first, then columns.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or the windows do not fit.</exception>
    public static Tensor<float> AveragePool2d(Tensor<float> x, Pair kernel, Pair stride, Padding padding, bool countsPadding)
    {
        var y = AveragePool2dKernels.Run(
            x, PoolSizes.Check("average-pool-2d", x.Shape, kernel, stride, padding, countsPadding));
        x.Device.Trace?.Record(y, new PoolOperation(IsMax: false, kernel, stride, padding, countsPadding), x);
        return y;
    }

    /// <summary>dX of <see cref="AveragePool2d"/>: each pixel sums dY / count over the windows that cover it.</summary>
    /// <exception cref="ShapeException">As of the means, or dY is not of their shape.</exception>
    public static Tensor<float> AveragePool2dGradient(
        Tensor<float> dY, Shape x, Pair kernel, Pair stride, Padding padding, bool countsPadding) =>
        AveragePool2dKernels.RunGradient(
            "average-pool-2d", dY, x, PoolSizes.Check("average-pool-2d", x, kernel, stride, padding, countsPadding));

    /// <summary>The same of windows that share the image among them: window i has rows ⌊i·H / OutH⌋ to ⌈(i + 1)·H /
    /// OutH⌉.</summary>
    /// <remarks>Shapes: x (B, C, H, W) → y (B, C, height, width).</remarks>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a side of it or of the result is empty.</exception>
    public static Tensor<float> AdaptiveAveragePool2d(Tensor<float> x, int height, int width)
    {
        var y = AveragePool2dKernels.Run(x, PoolSizes.CheckAdaptive("adaptive-average-pool-2d", x.Shape, height, width));
        x.Device.Trace?.Record(y, new AdaptivePoolOperation(), x);
        return y;
    }

    /// <summary>dX of <see cref="AdaptiveAveragePool2d"/>.</summary>
    /// <exception cref="ShapeException">As of the means, or dY is not of their shape.</exception>
    public static Tensor<float> AdaptiveAveragePool2dGradient(Tensor<float> dY, Shape x)
    {
        const string Op = "adaptive-average-pool-2d";
        var (height, width) = dY.Shape.Rank == 4 ? (dY.Shape[2], dY.Shape[3]) : (0, 0);
        return AveragePool2dKernels.RunGradient(Op, dY, x, PoolSizes.CheckAdaptive(Op, x, height, width));
    }
}

/// <summary>Kernels and calls of means of windows.</summary>
internal static class AveragePool2dKernels
{
    public static Tensor<float> Run(Tensor<float> x, in PoolSizes sizes)
    {
        var y = x.Device.Empty<float>(sizes.ResultOf(x.Shape));
        x.Device.Run(new Call(x, y, sizes));
        return y;
    }

    public static Tensor<float> RunGradient(string op, Tensor<float> dY, Shape x, in PoolSizes sizes)
    {
        sizes.CheckGradient(op, dY.Shape, x);
        var dX = dY.Device.Empty<float>(x);
        dY.Device.Run(new GradientCall(dY, dX, sizes));
        return dX;
    }

    internal readonly struct MeanOfWindow(ArrayView<float> x, ArrayView<float> y, PoolWindows rows, PoolWindows columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (plane·OutH + row)·OutW + column.
            var column = i % columns.Count;
            var row = i / columns.Count % rows.Count;
            var plane = i / columns.Count / rows.Count;
            var sum = 0f;
            for (var w = columns.Start(column); w < columns.End(column); w++)
            {
                for (var h = rows.Start(row); h < rows.End(row); h++)
                {
                    sum += x[(plane * rows.Length + h) * columns.Length + w];
                }
            }

            y[i] = sum / ((float)rows.Divisor(row) * columns.Divisor(column));
        }
    }

    internal readonly struct SumOverWindows(
        ArrayView<float> dY, ArrayView<float> dX, PoolWindows rows, PoolWindows columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = (plane·H + row)·W + column.
            var column = i % columns.Length;
            var row = i / columns.Length % rows.Length;
            var plane = i / columns.Length / rows.Length;
            var sum = 0f;
            for (var w = columns.FirstOver(column); w < columns.EndOver(column); w++)
            {
                var part = 0f;
                for (var h = rows.FirstOver(row); h < rows.EndOver(row); h++)
                {
                    part += dY[(plane * rows.Count + h) * columns.Count + w] / rows.Divisor(h);
                }

                sum += part / columns.Divisor(w);
            }

            dX[i] = sum;
        }
    }

    private readonly record struct Call(Tensor<float> X, Tensor<float> Y, PoolSizes Sizes) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(
            Sizes.Planes * Sizes.Rows.Count,
            HostLoop.RowGrain((long)Sizes.Columns.Length * (Sizes.Rows.End(0) - Sizes.Rows.Start(0) + 1)), this);

        public unsafe void Range(int start, int end)
        {
            // The rows of a window are added up first, then neighbours within the sum.
            var (rows, columns) = (Sizes.Rows, Sizes.Columns);
            var sums = HostScratch.Floats(columns.Length);
            for (var index = start; index < end; index++)
            {
                var plane = index / rows.Count;
                var row = index - plane * rows.Count;
                var from = X.Pointer + (nint)plane * rows.Length * columns.Length;
                var first = rows.Start(row);
                var firstRow = new ReadOnlySpan<float>(from + (nint)first * columns.Length, columns.Length);
                firstRow.CopyTo(new Span<float>(sums, columns.Length));
                for (var h = first + 1; h < rows.End(row); h++)
                {
                    HostAxis.AddRow(from + (nint)h * columns.Length, sums, columns.Length);
                }

                var y = Y.Pointer + (nint)index * columns.Count;
                var divisor = (float)rows.Divisor(row);
                for (var column = 0; column < columns.Count; column++)
                {
                    var sum = 0f;
                    for (var w = columns.Start(column); w < columns.End(column); w++)
                    {
                        sum += sums[w];
                    }

                    y[column] = sum / (divisor * columns.Divisor(column));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new MeanOfWindow(X.View, Y.View, Sizes.Rows, Sizes.Columns));
    }

    private readonly record struct GradientCall(Tensor<float> DY, Tensor<float> DX, PoolSizes Sizes) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(
            Sizes.Planes * Sizes.Rows.Length, HostLoop.RowGrain((long)Sizes.Columns.Length + Sizes.Columns.Count), this);

        public unsafe void Range(int start, int end)
        {
            // The rows of dY whose windows cover one of dX are added up first, then each window's share goes to its columns, in
            // order.
            var (rows, columns) = (Sizes.Rows, Sizes.Columns);
            var sums = HostScratch.Floats(columns.Count);
            for (var index = start; index < end; index++)
            {
                var plane = index / rows.Length;
                var row = index - plane * rows.Length;
                new Span<float>(sums, columns.Count).Clear();
                for (var h = rows.FirstOver(row); h < rows.EndOver(row); h++)
                {
                    var dY = DY.Pointer + ((nint)plane * rows.Count + h) * columns.Count;
                    AddQuotients(dY, rows.Divisor(h), sums, columns.Count);
                }

                var dX = DX.Pointer + (nint)index * columns.Length;
                new Span<float>(dX, columns.Length).Clear();
                for (var column = 0; column < columns.Count; column++)
                {
                    var share = sums[column] / columns.Divisor(column);
                    for (var w = columns.Start(column); w < columns.End(column); w++)
                    {
                        dX[w] += share;
                    }
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(DX.Size, new SumOverWindows(DY.View, DX.View, Sizes.Rows, Sizes.Columns));

        private static unsafe void AddQuotients(float* from, float divisor, float* sums, int count)
        {
            var by = Vector512.Create(divisor);
            for (var i = 0; i < count; i += HostLoop.Width)
            {
                (Vector512.Load(sums + i) + Vector512.Load(from + i) / by).Store(sums + i);
            }
        }
    }
}
