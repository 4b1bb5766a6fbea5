using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Images of another size by linear interpolation.</content>
public static partial class Primitive
{
    /// <summary>The pixel of y at (i, j) shows x at (u(i), v(j)), interpolated between the four pixels around that.</summary>
    /// <remarks>
    /// <para>Shapes: x (B, C, H, W) → y (B, C, height, width), all four lengths of pixels at least 1.</para>
    /// <para>u(i) = max(0, (i + ½)·H / height − ½), or i·(H − 1) / (height − 1) with <paramref name="alignCorners"/>, 0 for one
    /// row; v likewise: PyTorch's "bilinear". Places are computed in whole numbers.</para>
    /// <para>NaN and ∞ spread to the pixels that they are read for, at weight 0 too. Deterministic.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a size is below 1.</exception>
    public static Tensor<float> BilinearResize(Tensor<float> x, int height, int width, bool alignCorners)
    {
        var (planes, rows, columns) = BilinearResizeKernels.CheckShapes(x.Shape, height, width, alignCorners);
        var y = x.Device.Empty<float>([x.Shape[0], x.Shape[1], height, width]);
        x.Device.Run(new BilinearResizeKernels.Call(x, y, planes, rows, columns));
        x.Device.Trace?.Record(y, new BilinearResizeOperation(alignCorners), x);
        return y;
    }

    /// <summary>dX of <see cref="BilinearResize"/>, (B, C, <paramref name="height"/>, <paramref name="width"/>): each pixel sums
    /// dY times its weight over the pixels that were read from it.</summary>
    /// <exception cref="ShapeException">dY is not (B, C, OutH, OutW), or a size is below 1.</exception>
    public static Tensor<float> BilinearResizeGradient(Tensor<float> dY, int height, int width, bool alignCorners)
    {
        var (planes, rows, columns) = BilinearResizeKernels.CheckShapes(dY.Shape, height, width, alignCorners);
        var dX = dY.Device.Empty<float>([dY.Shape[0], dY.Shape[1], height, width]);
        dY.Device.Run(new BilinearResizeKernels.GradientCall(dY, dX, planes, rows.Swapped, columns.Swapped));
        return dX;
    }
}

/// <summary>Which two elements of an axis are read for each place of a result, and with which weights. A plain value: kernels
/// take it as a parameter.</summary>
/// <param name="Length">Elements of the axis.</param>
/// <param name="Count">Places of the result.</param>
/// <param name="AlignsCorners">1 where the outermost places show the outermost elements.</param>
internal readonly record struct LinearTaps(int Length, int Count, int AlignsCorners)
{
    /// <summary>The same with axis and result exchanged.</summary>
    public LinearTaps Swapped => new(Count, Length, AlignsCorners);

    /// <summary>The element at or before a place; what is read with it is the one behind it, or itself at the end.</summary>
    public int Low(int place)
    {
        var low = Numerator(place) / Denominator;
        return low < Length ? (int)low : Length - 1;
    }

    public int High(int low) => low < Length - 1 ? low + 1 : low;

    /// <summary>The weight of the element behind <see cref="Low"/>, in [0, 1).</summary>
    public float Weight(int place) => (float)(Numerator(place) % Denominator) / Denominator;

    /// <summary>The first place whose low element is this one or behind it; <see cref="Count"/> for none.</summary>
    public int First(int element)
    {
        if (element <= 0)
        {
            return 0;
        }

        if (element >= Length)
        {
            return Count;
        }

        // The least place with Numerator(place) ≥ element·Denominator.
        var wanted = AlignsCorners != 0 ? (long)element * Denominator : (long)element * Denominator + Count - Length;
        var step = AlignsCorners != 0 ? Length - 1L : 2L * Length;
        var place = (wanted + step - 1) / step;
        return place < 0 ? 0 : place < Count ? (int)place : Count;
    }

    /// <summary>Where a place lies on the axis, times <see cref="Denominator"/>.</summary>
    private long Numerator(int place)
    {
        var numerator = AlignsCorners != 0 ? (long)place * (Length - 1) : (2L * place + 1) * Length - Count;
        return numerator > 0 ? numerator : 0;
    }

    private long Denominator => AlignsCorners == 0 ? 2L * Count : Count > 1 ? Count - 1L : 1L;
}

/// <summary>Kernels and calls of linear interpolation.</summary>
internal static class BilinearResizeKernels
{
    public static (int Planes, LinearTaps Rows, LinearTaps Columns) CheckShapes(
        Shape x, int height, int width, bool alignCorners) =>
        x switch
        {
            [var b, var c, > 0 and var h, > 0 and var w] when height > 0 && width > 0 =>
                (b * c, new LinearTaps(h, height, alignCorners ? 1 : 0), new LinearTaps(w, width, alignCorners ? 1 : 0)),
            _ => throw new ShapeException(
                "bilinear-resize", "x (B, C, H, W) and sizes of at least 1", $"x {x} to {height} × {width}"),
        };

    internal readonly struct Interpolate(ArrayView<float> x, ArrayView<float> y, LinearTaps rows, LinearTaps columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (plane·OutH + row)·OutW + column.
            var column = i % columns.Count;
            var row = i / columns.Count % rows.Count;
            var plane = i / columns.Count / rows.Count * rows.Length;
            var low = columns.Low(column);
            var high = columns.High(low);
            var weight = columns.Weight(column);
            var top = rows.Low(row);
            var upper = (plane + top) * columns.Length;
            var lower = (plane + rows.High(top)) * columns.Length;
            var first = (1 - weight) * x[upper + low] + weight * x[upper + high];
            var second = (1 - weight) * x[lower + low] + weight * x[lower + high];
            weight = rows.Weight(row);
            y[i] = (1 - weight) * first + weight * second;
        }
    }

    internal readonly struct SumWeighted(ArrayView<float> dY, ArrayView<float> dX, LinearTaps rows, LinearTaps columns) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = (plane·H + row)·W + column.
            var column = i % columns.Length;
            var row = i / columns.Length % rows.Length;
            var plane = i / columns.Length / rows.Length * rows.Count;
            var endRow = rows.First(row + 1);
            var endColumn = columns.First(column + 1);
            var sum = 0f;
            for (var h = rows.First(row - 1); h < endRow; h++)
            {
                var part = 0f;
                for (var w = columns.First(column - 1); w < endColumn; w++)
                {
                    part += Share(columns, w, column) * dY[(plane + h) * columns.Count + w];
                }

                sum += Share(rows, h, row) * part;
            }

            dX[i] = sum;
        }
    }

    /// <summary>The weight of an element at a place.</summary>
    private static float Share(LinearTaps taps, int place, int element)
    {
        var low = taps.Low(place);
        var weight = taps.Weight(place);
        var share = low == element ? 1 - weight : 0f;
        return taps.High(low) == element ? share + weight : share;
    }

    internal readonly record struct Call(
        Tensor<float> X, Tensor<float> Y, int Planes, LinearTaps Rows, LinearTaps Columns) : IPrimitive
    {
        public void OnHost(HostDevice device)
        {
            using var lows = device.Borrow<int>(Columns.Count);
            using var weights = device.Borrow<float>(Columns.Count);
            HostTaps.Fill(Columns, lows, weights);
            device.Team.For(
                Planes * Rows.Count, HostLoop.RowGrain(Columns.Count), new HostInterpolate(X, Y, Rows, Columns, lows, weights));
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new Interpolate(X.View, Y.View, Rows, Columns));
    }

    internal readonly record struct GradientCall(
        Tensor<float> DY, Tensor<float> DX, int Planes, LinearTaps Rows, LinearTaps Columns) : IPrimitive
    {
        public void OnHost(HostDevice device)
        {
            using var lows = device.Borrow<int>(Columns.Count);
            using var weights = device.Borrow<float>(Columns.Count);
            HostTaps.Fill(Columns, lows, weights);
            device.Team.For(
                Planes * Rows.Length, HostLoop.RowGrain((long)Columns.Length + Columns.Count),
                new HostSumWeighted(DY, DX, Rows, Columns, lows, weights));
        }

        public void OnKernels(KernelDevice device) => device.Launch(DX.Size, new SumWeighted(DY.View, DX.View, Rows, Columns));
    }

    private static class HostTaps
    {
        public static void Fill(in LinearTaps taps, HostBuffer<int> lows, HostBuffer<float> weights)
        {
            for (var place = 0; place < taps.Count; place++)
            {
                lows.Span[place] = taps.Low(place);
                weights.Span[place] = taps.Weight(place);
            }
        }
    }

    /// <summary>Rows of y: rows of x are stretched first, then two of them interpolated. The last two are kept, since neighbours
    /// in y read the same.</summary>
    private readonly struct HostInterpolate(
        Tensor<float> x, Tensor<float> y, LinearTaps rows, LinearTaps columns, HostBuffer<int> lows, HostBuffer<float> weights)
        : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            var width = columns.Count;
            var padded = (nint)(width + HostLoop.Width - 1) / HostLoop.Width * HostLoop.Width;
            var first = HostScratch.Floats(checked((int)(2 * padded)));
            var second = first + padded;
            var (firstRow, secondRow) = (-1, -1); // counted over all planes
            for (var index = start; index < end; index++)
            {
                var plane = index / rows.Count;
                var row = index - plane * rows.Count;
                var low = rows.Low(row);
                var (upper, lower) = (plane * rows.Length + low, plane * rows.Length + rows.High(low));
                if (upper == secondRow)
                {
                    var kept = second;
                    second = first;
                    first = kept;
                    (firstRow, secondRow) = (secondRow, firstRow);
                }

                if (upper != firstRow)
                {
                    Stretch(upper, first);
                    firstRow = upper;
                }

                if (lower != secondRow && lower != upper)
                {
                    Stretch(lower, second);
                    secondRow = lower;
                }

                var to = y.Pointer + (nint)index * width;
                var other = lower == upper ? first : second;
                var weight = Vector512.Create(rows.Weight(row));
                var rest = Vector512<float>.One - weight;
                for (var i = 0; i < width; i += HostLoop.Width)
                {
                    var value = rest * Vector512.Load(first + i) + weight * Vector512.Load(other + i);
                    HostLoop.StorePart(value, to + i, Math.Min(HostLoop.Width, width - i));
                }
            }
        }

        private unsafe void Stretch(int row, float* to)
        {
            var from = x.Pointer + (nint)row * columns.Length;
            var last = columns.Length - 1;
            for (var i = 0; i < columns.Count; i++)
            {
                var low = lows.Pointer[i];
                var weight = weights.Pointer[i];
                to[i] = (1 - weight) * from[low] + weight * from[low < last ? low + 1 : last];
            }
        }
    }

    /// <summary>Rows of dX: the rows of dY that were read from one are added with their weights first, then neighbours within the
    /// sum.</summary>
    private readonly struct HostSumWeighted(
        Tensor<float> dY, Tensor<float> dX, LinearTaps rows, LinearTaps columns, HostBuffer<int> lows, HostBuffer<float> weights)
        : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            var sums = HostScratch.Floats(columns.Count);
            var last = columns.Length - 1;
            for (var index = start; index < end; index++)
            {
                var plane = index / rows.Length;
                var row = index - plane * rows.Length;
                new Span<float>(sums, columns.Count).Clear();
                for (var h = rows.First(row - 1); h < rows.First(row + 1); h++)
                {
                    AddScaled(dY.Pointer + ((nint)plane * rows.Count + h) * columns.Count, Share(rows, h, row), sums);
                }

                var to = dX.Pointer + (nint)index * columns.Length;
                new Span<float>(to, columns.Length).Clear();
                for (var i = 0; i < columns.Count; i++)
                {
                    var low = lows.Pointer[i];
                    var part = weights.Pointer[i] * sums[i];
                    to[low] += sums[i] - part;
                    to[low < last ? low + 1 : last] += part;
                }
            }
        }

        private unsafe void AddScaled(float* from, float weight, float* to)
        {
            var by = Vector512.Create(weight);
            for (var i = 0; i < columns.Count; i += HostLoop.Width)
            {
                (Vector512.Load(to + i) + by * Vector512.Load(from + i)).Store(to + i);
            }
        }
    }
}
