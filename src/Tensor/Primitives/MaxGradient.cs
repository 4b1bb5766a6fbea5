using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>dX of a maximum over axes: dY at the first largest element in row-major order, 0 at all others.</summary>
    /// <remarks>
    /// <para>Shapes: x any, dY of as many elements as there are maxima, in their order; axes as for the maximum,
    /// none for all → dX as x.</para>
    /// <para>NaN counts as largest. Deterministic: one owner per maximum.</para>
    /// </remarks>
    /// <exception cref="ShapeException">An axis does not exist or is named twice, or dY has not one element for each
    /// maximum.</exception>
    public static Tensor<float> MaxGradient(Tensor<float> x, Tensor<float> dY, ReadOnlySpan<int> axes)
    {
        var (order, rows) = MaxGradientKernels.CheckShapes(x.Shape, dY.Shape, axes);
        if (order.AsSpan().SequenceEqual(Enumerable.Range(0, order.Length).ToArray()))
        {
            return MaxGradientKernels.OfRows(x, dY, rows);
        }

        using var searchedLast = Primitive.Permute(x, order);
        using var dSearchedLast = MaxGradientKernels.OfRows(searchedLast, dY, rows);
        var back = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            back[order[i]] = i;
        }

        return Primitive.Permute(dSearchedLast, back);
    }
}

internal static class MaxGradientKernels
{
    /// <summary>The axes of x with the searched ones last, each part in its order, and the number of maxima.</summary>
    internal static (int[] Order, int Rows) CheckShapes(Shape x, Shape dY, ReadOnlySpan<int> axes)
    {
        var isSearched = new bool[x.Rank];
        Array.Fill(isSearched, axes.IsEmpty);
        foreach (var axis in Axis.CheckDistinct("max", x, axes))
        {
            isSearched[axis] = true;
        }

        var all = Enumerable.Range(0, x.Rank).ToArray();
        var rows = 1;
        foreach (var axis in all.Where(axis => !isSearched[axis]))
        {
            rows *= x[axis];
        }

        return dY.Size == rows
            ? ([.. all.OrderBy(axis => isSearched[axis])], rows)
            : throw new ShapeException("max", $"dY of {rows} elements", ("x", x), ("dY", dY));
    }

    internal static Tensor<float> OfRows(Tensor<float> x, Tensor<float> dY, int rows)
    {
        var dX = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new Call(x, dY, dX, rows, rows == 0 ? 0 : x.Size / rows));
        return dX;
    }

    internal readonly struct MarkFirstLargest(
        ArrayView<float> x, ArrayView<float> dY, ArrayView<float> dX, int length) : IKernel
    {
        public void Run(int row)
        {
            // Grid: one thread per maximum, which owns a row of x.
            var start = row * length;
            var best = start;
            for (var i = start; i < start + length; i++)
            {
                dX[i] = 0;
                if (x[i] > x[best] || (XMath.IsNaN(x[i]) && !XMath.IsNaN(x[best])))
                {
                    best = i;
                }
            }

            if (length > 0)
            {
                dX[best] = dY[row];
            }
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> DY, Tensor<float> DX, int Rows, int Length)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Rows, HostLoop.RowGrain(Length), this);

        public unsafe void Range(int start, int end)
        {
            new Span<float>(DX.Pointer + (nint)start * Length, (end - start) * Length).Clear();
            for (var row = start; row < end && Length > 0; row++)
            {
                var x = X.Pointer + (nint)row * Length;
                var (best, at) = (x[0], 0);
                for (var i = 1; i < Length; i++)
                {
                    if (x[i] > best || (float.IsNaN(x[i]) && !float.IsNaN(best)))
                    {
                        (best, at) = (x[i], i);
                    }
                }

                DX.Pointer[(nint)row * Length + at] = DY.Pointer[row];
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Rows, new MarkFirstLargest(X.View, DY.View, DX.View, Length));
    }
}
