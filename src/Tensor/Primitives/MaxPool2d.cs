using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Largest pixels of windows of images.</content>
public static partial class Primitive
{
    /// <summary>The largest pixel of each window, and its place h·W + w in its plane.</summary>
    /// <remarks>
    /// <para>Shapes: x (B, C, H, W) → y, places (B, C, OutH, OutW) with Out = ⌊(length + padding − kernel) / stride⌋ + 1.</para>
    /// <para>Pixels of the padding are never chosen. Of equal ones the first in row-major order is; NaN counts as largest.</para>
    /// <para>Deterministic.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or the windows do not fit.</exception>
    public static (Tensor<float> Y, Tensor<int> Places) MaxPool2d(Tensor<float> x, Pair kernel, Pair stride, Padding padding)
    {
        var sizes = PoolSizes.Check("max-pool-2d", x.Shape, kernel, stride, padding, countsBorder: false);
        var result = sizes.ResultOf(x.Shape);
        var (y, places) = (x.Device.Empty<float>(result), x.Device.Empty<int>(result));
        x.Device.Run(new MaxPool2dKernels.Call(x, y, places, sizes));
        x.Device.Trace?.Record(y, new PoolOperation(IsMax: true, kernel, stride, padding, CountsPadding: false), x);
        return (y, places);
    }

    /// <summary>dX of <see cref="MaxPool2d"/>: each pixel sums dY over the windows that chose it, in their order.</summary>
    /// <exception cref="ShapeException">As of the maxima, or dY or places is not of their shape.</exception>
    public static Tensor<float> MaxPool2dGradient(
        Tensor<float> dY, Tensor<int> places, Shape x, Pair kernel, Pair stride, Padding padding)
    {
        var sizes = PoolSizes.Check("max-pool-2d", x, kernel, stride, padding, countsBorder: false);
        sizes.CheckGradient("max-pool-2d", dY.Shape, x);
        sizes.CheckGradient("max-pool-2d", places.Shape, x);
        var dX = dY.Device.Empty<float>(x);
        dY.Device.Run(new MaxPool2dKernels.GradientCall(dY, places, dX, sizes));
        return dX;
    }
}

/// <summary>Kernels and calls of maxima of windows.</summary>
internal static class MaxPool2dKernels
{
    internal readonly struct MaximumOfWindow(
        ArrayView<float> x, ArrayView<float> y, ArrayView<int> places, PoolWindows rows, PoolWindows columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (plane·OutH + row)·OutW + column.
            var column = i % columns.Count;
            var row = i / columns.Count % rows.Count;
            var plane = i / columns.Count / rows.Count * rows.Length * columns.Length;
            var place = rows.Start(row) * columns.Length + columns.Start(column);
            var best = x[plane + place];
            for (var h = rows.Start(row); h < rows.End(row); h++)
            {
                for (var w = columns.Start(column); w < columns.End(column); w++)
                {
                    var at = h * columns.Length + w;
                    var value = x[plane + at];
                    if (value > best || (XMath.IsNaN(value) && !XMath.IsNaN(best)))
                    {
                        best = value;
                        place = at;
                    }
                }
            }

            y[i] = best;
            places[i] = place;
        }
    }

    internal readonly struct SumChoices(
        ArrayView<float> dY, ArrayView<int> places, ArrayView<float> dX, PoolWindows rows, PoolWindows columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = plane·H·W + place.
            var place = i % (rows.Length * columns.Length);
            var plane = i / (rows.Length * columns.Length);
            var row = place / columns.Length;
            var column = place % columns.Length;
            var sum = 0f;
            for (var h = rows.FirstOver(row); h < rows.EndOver(row); h++)
            {
                for (var w = columns.FirstOver(column); w < columns.EndOver(column); w++)
                {
                    var at = (plane * rows.Count + h) * columns.Count + w;
                    if (places[at] == place)
                    {
                        sum += dY[at];
                    }
                }
            }

            dX[i] = sum;
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Y, Tensor<int> Places, PoolSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(
            Sizes.Planes * Sizes.Rows.Count,
            HostLoop.RowGrain((long)Sizes.Columns.Length * (Sizes.Rows.End(0) - Sizes.Rows.Start(0) + 1)), this);

        public unsafe void Range(int start, int end)
        {
            // The best row of each column first, sixteen columns at once, then the best column of each window.
            var (rows, columns) = (Sizes.Rows, Sizes.Columns);
            var width = columns.Length;
            var padded = (width + HostLoop.Width - 1) / HostLoop.Width * HostLoop.Width;
            var best = HostScratch.Floats(checked(2 * padded));
            var bestRows = (int*)best + padded;
            for (var index = start; index < end; index++)
            {
                var plane = index / rows.Count;
                var row = index - plane * rows.Count;
                var from = X.Pointer + (nint)plane * rows.Length * width;
                var first = rows.Start(row);
                for (var w = 0; w < width; w += HostLoop.Width)
                {
                    var top = Vector512.Load(from + (nint)first * width + w);
                    var topRow = Vector512.Create(first);
                    for (var h = first + 1; h < rows.End(row); h++)
                    {
                        var value = Vector512.Load(from + (nint)h * width + w);
                        var isFirstNaN = Vector512.AndNot(Vector512.IsNaN(value), Vector512.IsNaN(top));
                        var wins = Vector512.GreaterThan(value, top) | isFirstNaN;
                        top = Vector512.ConditionalSelect(wins, value, top);
                        topRow = Vector512.ConditionalSelect(wins.AsInt32(), Vector512.Create(h), topRow);
                    }

                    top.Store(best + w);
                    topRow.Store(bestRows + w);
                }

                var y = Y.Pointer + (nint)index * columns.Count;
                var places = Places.Pointer + (nint)index * columns.Count;
                for (var column = 0; column < columns.Count; column++)
                {
                    var choice = columns.Start(column);
                    for (var w = choice + 1; w < columns.End(column); w++)
                    {
                        choice = Wins(best[w], bestRows[w], best[choice], bestRows[choice]) ? w : choice;
                    }

                    y[column] = best[choice];
                    places[column] = bestRows[choice] * width + choice;
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new MaximumOfWindow(X.View, Y.View, Places.View, Sizes.Rows, Sizes.Columns));

        /// <summary>Whether a pixel of a later column comes before the best one so far: larger, or as large in an earlier
        /// row.</summary>
        private static bool Wins(float value, int row, float best, int bestRow) => float.IsNaN(value)
            ? !float.IsNaN(best) || row < bestRow
            : value > best || (value == best && row < bestRow);
    }

    internal readonly record struct GradientCall(Tensor<float> DY, Tensor<int> Places, Tensor<float> DX, PoolSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.Planes, HostLoop.RowGrain((long)Sizes.Rows.Length * Sizes.Columns.Length), this);

        public unsafe void Range(int start, int end)
        {
            // A plane has one owner, which passes by its windows in order.
            var (pixels, windows) = (Sizes.Rows.Length * Sizes.Columns.Length, Sizes.Rows.Count * Sizes.Columns.Count);
            for (var plane = start; plane < end; plane++)
            {
                var dX = DX.Pointer + (nint)plane * pixels;
                var dY = DY.Pointer + (nint)plane * windows;
                var places = Places.Pointer + (nint)plane * windows;
                new Span<float>(dX, pixels).Clear();
                for (var i = 0; i < windows; i++)
                {
                    dX[places[i]] += dY[i];
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(DX.Size, new SumChoices(DY.View, Places.View, DX.View, Sizes.Rows, Sizes.Columns));
    }
}
