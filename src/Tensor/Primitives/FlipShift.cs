using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Images at another place.</content>
public static partial class Primitive
{
    /// <summary>Each image as random numbers move it: mirrored left for right half of the times, then shifted by −S to S pixels
    /// along each axis, as likely each, where the pixels at the edges are repeated.</summary>
    /// <remarks>
    /// <para><c>y[n, c, i, j] = z[n, c, i + rows, j + columns]</c>, indices cut off at the edges; z is x, or its mirror image
    /// where flips are wanted and u[n, 0] &lt; ½; columns = ⌊u[n, 1]·(2S + 1)⌋ − S, rows the same of u[n, 2].</para>
    /// <para>Shapes: x (N, C, H, W), u (N, D) with D ≥ 3 and numbers in [0, 1) → y as x. What lies behind in u is left to others,
    /// such as <see cref="ColourJitter"/>.</para>
    /// <para>Numbers are copied bit by bit, and devices agree to the bit. u outside of [0, 1) moves by some S at the most.</para>
    /// <para>Source: shifted and mirrored images as residual networks were trained with (arXiv:1512.03385, section 4.2), there
    /// with black edges.</para>
    /// </remarks>
    /// <param name="x">The images.</param>
    /// <param name="u">Uniform random numbers, a row for each image.</param>
    /// <param name="flip">Whether images are mirrored.</param>
    /// <param name="shift">S, in pixels; 0 for none.</param>
    /// <exception cref="ShapeException">x is not (N, C, H, W), or u is not (N, D) with D ≥ 3.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The shift is not from 0 to 2²⁰.</exception>
    public static Tensor<float> FlipShift(Tensor<float> x, Tensor<float> u, bool flip, int shift)
    {
        var sizes = FlipShiftKernels.CheckShapes(x.Shape, u.Shape, shift);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new FlipShiftKernels.Call(x, u, y, sizes, flip ? 1 : 0, shift));
        return y;
    }
}

internal static class FlipShiftKernels
{
    private const int MostShift = 1 << 20;

    public static Sizes CheckShapes(Shape x, Shape u, int shift)
    {
        if (shift is < 0 or > MostShift)
        {
            throw new ArgumentOutOfRangeException(
                nameof(shift), $"flip-shift: expected a shift from 0 to {MostShift} pixels; got {shift}.");
        }

        return (x, u) switch
        {
            ([var n, var c, var h, var w], [var n2, var d]) when n == n2 && d >= 3 => new Sizes(c, h, w, d),
            _ => throw new ShapeException("flip-shift", "x (N, C, H, W), u (N, D) with D of at least 3", ("x", x), ("u", u)),
        };
    }

    /// <summary>C, H, W of the images and D of the random numbers.</summary>
    internal readonly record struct Sizes(int Channels, int Height, int Width, int Draws);

    /// <summary>How an image moves.</summary>
    internal readonly record struct Move(int IsMirrored, int Columns, int Rows)
    {
        public static Move Of(float side, float column, float row, int flip, int shift) =>
            new(flip != 0 && side < 0.5f ? 1 : 0, Pixels(column, shift), Pixels(row, shift));

        private static int Pixels(float u, int shift)
        {
            // Below 2·S + 1 for all u of 24 bits: what is left to it is more than half of a float's step.
            var pixels = (int)(u * (2 * shift + 1)) - shift;
            return pixels < -shift ? -shift : pixels > shift ? shift : pixels;
        }
    }

    internal readonly struct MovePixels(
        ArrayView<float> x, ArrayView<float> u, ArrayView<float> y, Sizes sizes, int flip, int shift) : IKernel
    {
        public void Run(int at)
        {
            // Grid: one thread per element of y, at = ((n·C + c)·H + i)·W + j.
            var (width, height) = (sizes.Width, sizes.Height);
            var (row, j) = (at / width, at % width);
            var (plane, i) = (row / height, row % height);
            var own = plane / sizes.Channels * sizes.Draws;
            var move = Move.Of(u[own], u[own + 1], u[own + 2], flip, shift);
            var from = Within(j + move.Columns, width);
            var column = move.IsMirrored != 0 ? width - 1 - from : from;
            y[at] = x[(plane * height + Within(i + move.Rows, height)) * width + column];
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> U, Tensor<float> Y, Sizes Sizes, int Flip, int Shift)
        : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.Width == 0 ? 0 : Y.Size / Sizes.Width, HostLoop.RowGrain(Sizes.Width), this);

        public unsafe void Range(int start, int end)
        {
            var (width, height) = (Sizes.Width, Sizes.Height);
            for (var row = start; row < end; row++)
            {
                var (plane, i) = (row / height, row % height);
                var own = U.Pointer + (nint)(plane / Sizes.Channels) * Sizes.Draws;
                var move = Move.Of(own[0], own[1], own[2], Flip, Shift);
                var from = new Span<float>(X.Pointer + (nint)(plane * height + Within(i + move.Rows, height)) * width, width);
                var to = new Span<float>(Y.Pointer + (nint)row * width, width);

                // Mirrored behind the shift, which is then the other way.
                ShiftRow(from, to, move.IsMirrored != 0 ? -move.Columns : move.Columns);
                if (move.IsMirrored != 0)
                {
                    to.Reverse();
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new MovePixels(X.View, U.View, Y.View, Sizes, Flip, Shift));
    }

    /// <summary>to[j] = from[j + columns], within the row.</summary>
    private static void ShiftRow(ReadOnlySpan<float> from, Span<float> to, int columns)
    {
        var before = Math.Min(Math.Max(-columns, 0), to.Length);
        var behind = Math.Min(Math.Max(columns, 0), to.Length);
        to[..before].Fill(from[0]);
        from[behind..(from.Length - before)].CopyTo(to[before..]);
        to[(to.Length - behind)..].Fill(from[^1]);
    }

    private static int Within(int i, int length) => i < 0 ? 0 : i >= length ? length - 1 : i;
}
