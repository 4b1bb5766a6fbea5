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
    /// channels of each level begin, and how many all are → y (N, B·h·w, L).</para>
    /// <para>With <see cref="GatherSums"/> a convolution of one-hot codes is a sum of N·L rows of its weight.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<int> TapIds(Tensor<int> ids, Tensor<int> taps, Tensor<int> starts)
    {
        var sizes = TapIdsKernels.CheckShapes(ids.Shape, taps.Shape, starts.Shape);
        var y = ids.Device.Empty<int>([sizes.N, sizes.B * sizes.Places, sizes.L]);
        ids.Device.Run(new TapIdsKernels.Call(ids, taps, starts, y, sizes));
        return y;
    }

    /// <summary>The same from <paramref name="count"/> places in a row, the first of which the device holds.</summary>
    /// <remarks>Shapes: place (1) → y (N, B·count, L). The place is read when the call runs, so that a recorded call looks from
    /// elsewhere each time.</remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or count is negative.</exception>
    public static Tensor<int> TapIds(Tensor<int> ids, Tensor<int> taps, Tensor<int> starts, Tensor<int> place, int count)
    {
        var sizes = TapIdsKernels.CheckShapes(ids.Shape, taps.Shape, starts.Shape, place.Shape, count);
        var y = ids.Device.Empty<int>([sizes.N, sizes.B * sizes.Places, sizes.L]);
        ids.Device.Run(new TapIdsKernels.FromCall(place, new TapIdsKernels.Call(ids, taps, starts, y, sizes)));
        return y;
    }
}

internal static class TapIdsKernels
{
    private const string Op = "tap-ids";

    public static TapIdSizes CheckShapes(Shape ids, Shape taps, Shape starts) => (ids, taps, starts) switch
    {
        ([var b, var l, var h, var w], [var n, 2], [var more]) when more == l + 1 => new TapIdSizes(b, l, h, w, n, h * w),
        _ => throw new ShapeException(
            Op, "ids (B, L, h, w), taps (N, 2), starts (L + 1)", ("ids", ids), ("taps", taps), ("starts", starts)),
    };

    public static TapIdSizes CheckShapes(Shape ids, Shape taps, Shape starts, Shape place, int count) =>
        place is [1] && count >= 0
            ? CheckShapes(ids, taps, starts) with { Places = count }
            : throw new ShapeException(Op, "place (1), a count of at least 0", $"place {place}, {count} places");

    /// <summary>Lengths of indices (B, L, H, W), seen from so many places by N taps.</summary>
    internal readonly record struct TapIdSizes(int B, int L, int H, int W, int N, int Places)
    {
        /// <summary>Where the index of the first level lies that a tap sees in image b; −1 for none.</summary>
        /// <param name="b">The image.</param>
        /// <param name="place">Where it looks from.</param>
        /// <param name="dY">Rows to what the tap sees.</param>
        /// <param name="dX">Columns to it.</param>
        public int Source(int b, int place, int dY, int dX)
        {
            var row = place / W;
            var (y, x) = (row + dY, place - row * W + dX);
            return y >= 0 && y < H && x >= 0 && x < W ? (b * L * H + y) * W + x : -1;
        }
    }

    internal readonly struct FindChannels(
        ArrayView<int> ids, ArrayView<int> taps, ArrayView<int> starts, ArrayView<int> y, TapIdSizes s) : IKernel
    {
        public void Run(int i) => Find(i, first: 0);

        public void Find(int i, int first)
        {
            // Grid: one thread per element of y, i = ((tap·B + b)·places + p)·L + level.
            var (row, level) = (i / s.L, i % s.L);
            var (image, place) = (row / s.Places, first + row % s.Places);
            var tap = image / s.B;
            var source = s.Source(image - tap * s.B, place, taps[2 * tap], taps[2 * tap + 1]);
            var id = source >= 0 ? ids[source + level * s.H * s.W] : -1;
            y[i] = id >= 0 && id < starts[level + 1] - starts[level] ? starts[level] + id : -1;
        }
    }

    internal readonly struct FindChannelsFrom(ArrayView<int> place, FindChannels all) : IKernel
    {
        // Grid: one thread per element of y.
        public void Run(int i) => all.Find(i, place[0]);
    }

    internal readonly record struct Call(
        Tensor<int> Ids, Tensor<int> Taps, Tensor<int> Starts, Tensor<int> Y, TapIdSizes Sizes) : IPrimitive
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => OnHost(device, first: 0);

        public void OnHost(HostDevice device, int first) => device.Team.For(
            Sizes.N * Sizes.B, HostLoop.RowGrain(Sizes.Places * Sizes.L), new HostImages(Ids, Taps, Starts, Y, Sizes, first));

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, Kernel());

        public FindChannels Kernel() => new(Ids.View, Taps.View, Starts.View, Y.View, Sizes);
    }

    internal readonly record struct FromCall(Tensor<int> Place, Call All) : IPrimitive
    {
        public static bool IsReproducible => true;

        public unsafe void OnHost(HostDevice device) => All.OnHost(device, Place.Pointer[0]);

        public void OnKernels(KernelDevice device) =>
            device.Launch(All.Y.Size, new FindChannelsFrom(Place.View, All.Kernel()));
    }

    /// <summary>One item per tap and image.</summary>
    private readonly unsafe struct HostImages(
        Tensor<int> ids, Tensor<int> taps, Tensor<int> starts, Tensor<int> y, TapIdSizes sizes, int first) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                var (tap, b) = Math.DivRem(item, sizes.B);
                var (dY, dX) = (taps.Pointer[2 * tap], taps.Pointer[2 * tap + 1]);
                var to = y.Pointer + (nint)item * sizes.Places * sizes.L;
                for (var place = first; place < first + sizes.Places; place++)
                {
                    var source = sizes.Source(b, place, dY, dX);
                    for (var level = 0; level < sizes.L; level++)
                    {
                        var (begin, next) = (starts.Pointer[level], starts.Pointer[level + 1]);
                        var id = source >= 0 ? ids.Pointer[source + level * sizes.H * sizes.W] : -1;
                        *to++ = id >= 0 && id < next - begin ? begin + id : -1;
                    }
                }
            }
        }
    }
}
