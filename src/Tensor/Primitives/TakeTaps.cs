using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>What a convolution sees from single places.</content>
public static partial class Primitive
{
    /// <summary>The rows of a grid that a convolution's taps see from <paramref name="count"/> places in a row, the first of
    /// which the device holds: <c>y[b, i, n, :] = x[b, p + dy[n]·width + dx[n], :]</c> with p = place + i.</summary>
    /// <remarks>
    /// <para>Shapes: x (B, T, C), a grid of <paramref name="width"/> places a row; place (1), taps (N, 2), rows and columns (dy,
    /// dx) from a place on → y (B, count, N·C). A tap outside of the grid shows zeros, as padding does.</para>
    /// <para>The place is read when the call runs, so that a recorded call looks from elsewhere each time. Numbers are copied bit
    /// by bit.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or the width does not divide T.</exception>
    public static Tensor<float> TakeTaps(Tensor<float> x, Tensor<int> place, Tensor<int> taps, int width, int count)
    {
        var sizes = TakeTapsKernels.CheckShapes(x.Shape, place.Shape, taps.Shape, width, count);
        var y = x.Device.Empty<float>([sizes.B, count, sizes.N * sizes.C]);
        x.Device.Run(new TakeTapsKernels.Call(x, place, taps, y, sizes));
        return y;
    }
}

internal static class TakeTapsKernels
{
    public static TapSizes CheckShapes(Shape x, Shape place, Shape taps, int width, int count) => (x, place, taps) switch
    {
        ([var b, var t, var c], [1], [var n, 2]) when width >= 1 && t % width == 0 && count >= 0 =>
            new TapSizes(b, t / width, width, count, n, c),
        _ => throw new ShapeException(
            "take-taps", "x (B, T, C) with T rows of a width, place (1), taps (N, 2)",
            $"x {x}, place {place}, taps {taps}, width {width}, {count} places"),
    };

    /// <summary>Lengths of a grid (B, H·W, C), seen from so many places by N taps.</summary>
    internal readonly record struct TapSizes(int B, int H, int W, int Places, int N, int C)
    {
        /// <summary>The row of x that a tap sees from a place, in image b; −1 for none.</summary>
        public int Source(int b, int place, int dY, int dX)
        {
            var (row, column) = (place / W + dY, place % W + dX);
            return row >= 0 && row < H && column >= 0 && column < W ? (b * H + row) * W + column : -1;
        }
    }

    internal readonly struct ReadTaps(
        ArrayView<float> x, ArrayView<int> place, ArrayView<int> taps, ArrayView<float> y, TapSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = ((b·count + p)·N + n)·C + c.
            var row = i / s.C;
            var n = row % s.N;
            var p = row / s.N;
            var source = s.Source(p / s.Places, place[0] + p % s.Places, taps[2 * n], taps[2 * n + 1]);
            y[i] = source >= 0 ? x[source * s.C + (i - row * s.C)] : 0f;
        }
    }

    internal readonly record struct Call(
        Tensor<float> X, Tensor<int> Place, Tensor<int> Taps, Tensor<float> Y, TapSizes Sizes) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.B * Sizes.Places * Sizes.N, HostLoop.RowGrain(Sizes.C), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var (n, p) = (row % Sizes.N, row / Sizes.N);
                var taps = Taps.Pointer + 2 * n;
                var source = Sizes.Source(p / Sizes.Places, Place.Pointer[0] + p % Sizes.Places, taps[0], taps[1]);
                var y = Y.Pointer + (nint)row * Sizes.C;
                if (source >= 0)
                {
                    Unsafe.CopyBlockUnaligned(y, X.Pointer + (nint)source * Sizes.C, (uint)Sizes.C * sizeof(float));
                }
                else
                {
                    new Span<float>(y, Sizes.C).Clear();
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new ReadTaps(X.View, Place.View, Taps.View, Y.View, Sizes));
    }
}
