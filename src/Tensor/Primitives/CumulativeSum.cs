using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Running sums.</content>
public static partial class Primitive
{
    /// <summary>Sums of the elements up to each one along an axis, <c>y[k] = Σ x[j]</c> over j ≤ k, or j ≥ k with
    /// <paramref name="reverse"/>, which is the gradient of the other.</summary>
    /// <remarks>
    /// <para>Shapes: x any → y the same; axis −1 is the last.</para>
    /// <para>NaN spreads to all sums that it is part of.</para>
    /// <para>Deterministic: each line has one owner. The rounding error grows with the length. On accelerators one thread walks
    /// along a line.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public static Tensor<float> CumulativeSum(Tensor<float> x, int axis, bool reverse = false)
    {
        var (_, sizes) = AxisSizes.Check("cumulative-sum", x.Shape, axis);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new CumulativeSumKernels.Call(x, y, sizes, reverse));
        return y;
    }
}

/// <summary>Kernel and call of running sums.</summary>
internal static class CumulativeSumKernels
{
    internal readonly struct SumAlong(ArrayView<float> x, ArrayView<float> y, AxisSizes s, int isReverse) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var sum = 0f;
            for (var k = 0; k < s.Length; k++)
            {
                var at = first + (isReverse != 0 ? s.Length - 1 - k : k) * s.Inner;
                sum += x[at];
                y[at] = sum;
            }
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Y, AxisSizes Sizes, bool IsReverse)
        : IPrimitive, IRangeBody
    {
        // Neighbouring lines that are walked together: as many as a few cache lines have.
        private const int BlockWidth = 64;

        public void OnHost(HostDevice device)
        {
            if (Sizes.Length == 0)
            {
                return;
            }

            var (items, grain) = Sizes.Inner == 1
                ? (Sizes.Outer, HostLoop.RowGrain(Sizes.Length))
                : (Sizes.Blocks(BlockWidth), HostLoop.RowGrain((long)Sizes.Length * BlockWidth));
            device.Team.For(items, grain, this);
        }

        public unsafe void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                if (Sizes.Inner == 1)
                {
                    var at = (nint)item * Sizes.Length;
                    if (IsReverse)
                    {
                        Backwards(X.Pointer + at, Y.Pointer + at, Sizes.Length);
                    }
                    else
                    {
                        Forwards(X.Pointer + at, Y.Pointer + at, Sizes.Length);
                    }

                    continue;
                }

                var (first, _, count) = Sizes.Block(item, BlockWidth);
                Across(X.Pointer + first, Y.Pointer + first, count);
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Sizes.Lines, new SumAlong(X.View, Y.View, Sizes, IsReverse ? 1 : 0));

        /// <summary>Each row of neighbours is the last one plus its own.</summary>
        private unsafe void Across(float* x, float* y, int count)
        {
            nint step = IsReverse ? -Sizes.Inner : Sizes.Inner;
            var start = IsReverse ? (Sizes.Length - 1) * (nint)Sizes.Inner : 0;
            new ReadOnlySpan<float>(x + start, count).CopyTo(new Span<float>(y + start, count));
            for (var k = 1; k < Sizes.Length; k++)
            {
                float* from = x + start + k * step, to = y + start + k * step;
                for (var i = 0; i < count; i += HostLoop.Width)
                {
                    var sum = Vector512.Load(to - step + i) + Vector512.Load(from + i);
                    HostLoop.StorePart(sum, to + i, Math.Min(HostLoop.Width, count - i));
                }
            }
        }

        /// <summary>Sums within sixteen neighbours by four steps of doubling, plus what came before them.</summary>
        private static unsafe void Forwards(float* x, float* y, int count)
        {
            var before = Vector512<float>.Zero;
            for (nint i = 0; i < count; i += HostLoop.Width)
            {
                var rest = (int)Math.Min(HostLoop.Width, count - i);
                var sums = HostLoop.LoadPart(x + i, rest, 0);
                sums += Vector512.Shuffle(sums, Vector512.Create(-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
                sums += Vector512.Shuffle(sums, Vector512.Create(-1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
                sums += Vector512.Shuffle(sums, Vector512.Create(-1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
                sums += Vector512.Shuffle(sums, Vector512.Create(-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7));
                sums += before;
                HostLoop.StorePart(sums, y + i, rest);
                before = Vector512.Create(sums[HostLoop.Width - 1]);
            }
        }

        private static unsafe void Backwards(float* x, float* y, int count)
        {
            // What does not fill a vector is at the end, where the walk begins.
            var behind = Vector512<float>.Zero;
            for (nint i = (count - 1) / HostLoop.Width * HostLoop.Width; i >= 0; i -= HostLoop.Width)
            {
                var rest = (int)Math.Min(HostLoop.Width, count - i);
                var sums = HostLoop.LoadPart(x + i, rest, 0);
                sums += Vector512.Shuffle(sums, Vector512.Create(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
                sums += Vector512.Shuffle(sums, Vector512.Create(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16));
                sums += Vector512.Shuffle(sums, Vector512.Create(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16));
                sums += Vector512.Shuffle(sums, Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16));
                sums += behind;
                HostLoop.StorePart(sums, y + i, rest);
                behind = Vector512.Create(sums[0]);
            }
        }
    }
}
