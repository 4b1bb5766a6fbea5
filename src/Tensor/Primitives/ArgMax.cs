using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Places of extremes.</content>
public static partial class Primitive
{
    /// <summary>The place of the largest element along an axis.</summary>
    /// <remarks>
    /// <para>Shapes: x any → y without the axis, or with length 1 there if it is kept; axis −1 is the last.</para>
    /// <para>Of equal elements the first is taken. NaN counts as largest: the first NaN's place, where there is one.</para>
    /// <para>Deterministic: each result has one owner. It has no gradient.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The axis does not exist, or is empty.</exception>
    public static Tensor<int> ArgMax(Tensor<float> x, int axis = -1, bool keepDims = false) =>
        ArgMaxKernels.Run("argmax", x, axis, keepDims, sign: 1);

    /// <summary>The place of the smallest element along an axis; NaN counts as smallest.</summary>
    /// <inheritdoc cref="ArgMax"/>
    public static Tensor<int> ArgMin(Tensor<float> x, int axis = -1, bool keepDims = false) =>
        ArgMaxKernels.Run("argmin", x, axis, keepDims, sign: -1);
}

/// <summary>Kernel and call of places of extremes: the largest x·sign.</summary>
internal static class ArgMaxKernels
{
    public static Tensor<int> Run(string op, Tensor<float> x, int axis, bool keepDims, float sign)
    {
        var (result, sizes) = CheckShapes(op, x.Shape, axis, keepDims);
        var y = x.Device.Empty<int>(result);
        x.Device.Run(new Call(x, y, sizes, sign));
        x.Device.Trace?.Record(y, new ArgExtremeOperation(Axis.Check(op, x.Shape, axis), keepDims, IsMax: sign > 0), x);
        return y;
    }

    public static (Shape Result, AxisSizes Sizes) CheckShapes(string op, Shape x, int axis, bool keepDims)
    {
        var (index, sizes) = AxisSizes.Check(op, x, axis);
        if (sizes.Length == 0)
        {
            throw new ShapeException(op, $"at least one element on axis {axis}", ("x", x));
        }

        return (keepDims ? x.With(index, 1) : [.. x.AsSpan()[..index], .. x.AsSpan()[(index + 1)..]], sizes);
    }

    internal readonly struct FindExtreme(ArrayView<float> x, ArrayView<int> y, AxisSizes s, float sign) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var best = x[first] * sign;
            var place = 0;
            for (var k = 1; k < s.Length; k++)
            {
                var value = x[first + k * s.Inner] * sign;
                if (value > best || (XMath.IsNaN(value) && !XMath.IsNaN(best)))
                {
                    best = value;
                    place = k;
                }
            }

            y[i] = place;
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<int> Y, AxisSizes Sizes, float Sign) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device)
        {
            var (items, grain) = Sizes.Inner == 1
                ? (Sizes.Outer, HostLoop.RowGrain(Sizes.Length))
                : (Sizes.Blocks(HostLoop.Width), HostLoop.RowGrain((long)Sizes.Length * HostLoop.Width));
            device.Team.For(items, grain, this);
        }

        public unsafe void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                if (Sizes.Inner == 1)
                {
                    Y.Pointer[item] = OfNeighbours(X.Pointer + (nint)item * Sizes.Length);
                    continue;
                }

                var (first, line, count) = Sizes.Block(item, HostLoop.Width);
                var places = Scan(X.Pointer + first, Sizes.Inner, Sizes.Length).Places;
                HostLoop.StorePart(places.AsSingle(), (float*)(Y.Pointer + line), count);
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Sizes.Lines, new FindExtreme(X.View, Y.View, Sizes, Sign));

        /// <summary>The best of each lane, and at which step it came, the first of equal ones.</summary>
        private unsafe (Vector512<float> Best, Vector512<int> Places) Scan(float* x, nint step, int count)
        {
            var sign = Vector512.Create(Sign);
            var (best, places) = (Vector512.Load(x) * sign, Vector512<int>.Zero);
            for (var k = 1; k < count; k++)
            {
                var value = Vector512.Load(x + k * step) * sign;
                var wins = Vector512.GreaterThan(value, best) | Vector512.AndNot(Vector512.IsNaN(value), Vector512.IsNaN(best));
                best = Vector512.ConditionalSelect(wins, value, best);
                places = Vector512.ConditionalSelect(wins.AsInt32(), Vector512.Create(k), places);
            }

            return (best, places);
        }

        /// <summary>Sixteen neighbours at once, then the lanes, then what is left.</summary>
        private unsafe int OfNeighbours(float* x)
        {
            var steps = Sizes.Length / HostLoop.Width;
            var (top, place) = (x[0] * Sign, 0);
            if (steps > 0)
            {
                var (best, places) = Scan(x, HostLoop.Width, steps);
                (top, place) = (best[0], places[0] * HostLoop.Width);
                for (var lane = 1; lane < HostLoop.Width; lane++)
                {
                    (top, place) = Better(best[lane], places[lane] * HostLoop.Width + lane, top, place);
                }
            }

            for (var k = steps * HostLoop.Width; k < Sizes.Length; k++)
            {
                (top, place) = Better(x[k] * Sign, k, top, place);
            }

            return place;
        }

        private static (float Top, int Place) Better(float value, int at, float top, int place)
        {
            var isBetter = float.IsNaN(value)
                ? !float.IsNaN(top) || at < place
                : value > top || (value == top && at < place);
            return isBetter ? (value, at) : (top, place);
        }
    }
}
