using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Which channels of one-hot codes the taps of a convolution see: from each place, for each tap and level,
    /// <c>starts[level] + id</c> of the place that the tap looks at; −1 outside of the grid, and for an id that is no
    /// code.</summary>
    /// <remarks>
    /// <para>Shapes: ids (B, L, h, w), taps (N, 2), rows and columns from the place to what a tap sees, starts (L + 1), where the
    /// channels of each level begin, and how many all are → y (B·h·w, N, L).</para>
    /// <para>With <see cref="GatherSums"/> a convolution of one-hot codes is a sum of N·L rows of its weight.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<int> TapIds(Tensor<int> ids, Tensor<int> taps, Tensor<int> starts)
    {
        var sizes = TapIdsKernels.CheckShapes(ids.Shape, taps.Shape, starts.Shape);
        var y = ids.Device.Empty<int>([sizes.B * sizes.H * sizes.W, sizes.N, sizes.L]);
        ids.Device.Run(new TapIdsKernels.Call(ids, taps, starts, y, sizes));
        return y;
    }
}

internal static class TapIdsKernels
{
    public static TapIdSizes CheckShapes(Shape ids, Shape taps, Shape starts) => (ids, taps, starts) switch
    {
        ([var b, var l, var h, var w], [var n, 2], [var more]) when more == l + 1 => new TapIdSizes(b, l, h, w, n),
        _ => throw new ShapeException(
            "tap-ids", "ids (B, L, h, w), taps (N, 2), starts (L + 1)", ("ids", ids), ("taps", taps), ("starts", starts)),
    };

    /// <summary>Lengths of indices (B, L, H, W), seen by N taps.</summary>
    internal readonly record struct TapIdSizes(int B, int L, int H, int W, int N)
    {
        /// <summary>The index of a level at what a tap sees from a place of all, (b·H + row)·W + column; −1 for none.</summary>
        public int Source(int place, int level, int dY, int dX)
        {
            var (row, column, b) = (place / W % H + dY, place % W + dX, place / W / H);
            return row >= 0 && row < H && column >= 0 && column < W ? ((b * L + level) * H + row) * W + column : -1;
        }
    }

    internal readonly struct FindChannels(
        ArrayView<int> ids, ArrayView<int> taps, ArrayView<int> starts, ArrayView<int> y, TapIdSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (place·N + tap)·L + level.
            var level = i % s.L;
            var tap = i / s.L % s.N;
            var source = s.Source(i / s.L / s.N, level, taps[2 * tap], taps[2 * tap + 1]);
            var id = source >= 0 ? ids[source] : -1;
            y[i] = id >= 0 && id < starts[level + 1] - starts[level] ? starts[level] + id : -1;
        }
    }

    internal readonly record struct Call(
        Tensor<int> Ids, Tensor<int> Taps, Tensor<int> Starts, Tensor<int> Y, TapIdSizes Sizes) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.B * Sizes.H * Sizes.W, HostLoop.RowGrain(Sizes.N * Sizes.L), this);

        public unsafe void Range(int start, int end)
        {
            int* ids = Ids.Pointer, taps = Taps.Pointer, starts = Starts.Pointer;
            for (var place = start; place < end; place++)
            {
                var y = Y.Pointer + (nint)place * Sizes.N * Sizes.L;
                for (var tap = 0; tap < Sizes.N; tap++)
                {
                    for (var level = 0; level < Sizes.L; level++)
                    {
                        var source = Sizes.Source(place, level, taps[2 * tap], taps[2 * tap + 1]);
                        var id = source >= 0 ? ids[source] : -1;
                        var (first, next) = (starts[level], starts[level + 1]);
                        *y++ = id >= 0 && id < next - first ? first + id : -1;
                    }
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new FindChannels(Ids.View, Taps.View, Starts.View, Y.View, Sizes));
    }
}
