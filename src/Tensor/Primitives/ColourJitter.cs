using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Images in other colours.</content>
public static partial class Primitive
{
    /// <summary>Each image in the colours that random numbers give it: another brightness, contrast and saturation.</summary>
    /// <remarks>
    /// <para>In this order, x from −½, black, to ½, full: brightness b·(x + ½) − ½; contrast m + c·(x − m) with the mean m of all
    /// grey values of the image; saturation g + s·(x − g) with the pixel's own grey value g, of colours only. Grey is 0.299 R +
    /// 0.587 G + 0.114 B (ITU-R BT.601). b = 1 + brightness·(2·u[n, 3] − 1), c the same of u[n, 4], s of u[n, 5]. What leaves
    /// −½ … ½ is cut off after each. A factor of 1 leaves everything as it is, bit by bit.</para>
    /// <para>Shapes: x (N, C, H, W) with one channel of grey or three of red, green and blue, u (N, D) with D ≥ 6 and numbers in
    /// [0, 1) → y as x. What lies before in u is <see cref="FlipShift"/>'s.</para>
    /// <para>NaN stays NaN, and contrast spreads it, and ∞, over the image.</para>
    /// <para>Deterministic: each image's mean has one owner and one order. Devices agree within rounding.</para>
    /// <para>Source: torchvision's <c>ColorJitter</c>, there in a random order.</para>
    /// </remarks>
    /// <param name="x">The images.</param>
    /// <param name="u">Uniform random numbers, a row for each image.</param>
    /// <param name="strengths">How far the factors are from 1 at the most.</param>
    /// <exception cref="ShapeException">x is not (N, 1, H, W) or (N, 3, H, W), or u is not (N, D) with D ≥ 6.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A strength is not in [0, 1].</exception>
    public static Tensor<float> ColourJitter(Tensor<float> x, Tensor<float> u, in ColourJitterParams strengths)
    {
        var sizes = ColourJitterKernels.CheckShapes(x.Shape, u.Shape, strengths);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new ColourJitterKernels.Call(x, u, y, sizes, strengths));
        return y;
    }
}

internal static class ColourJitterKernels
{
    public static Sizes CheckShapes(Shape x, Shape u, in ColourJitterParams strengths)
    {
        if (strengths is not { Brightness: >= 0 and <= 1, Contrast: >= 0 and <= 1, Saturation: >= 0 and <= 1 })
        {
            throw new ArgumentOutOfRangeException(
                nameof(strengths), $"colour-jitter: expected strengths in [0, 1]; got {strengths}.");
        }

        return (x, u) switch
        {
            ([var n, var c and (1 or 3), var h, var w], [var n2, var d]) when n == n2 && d >= 6 => new Sizes(n, c, h * w, d),
            _ => throw new ShapeException(
                "colour-jitter", "x (N, C, H, W) of 1 or 3 channels, u (N, D) with D of at least 6", ("x", x), ("u", u)),
        };
    }

    /// <summary>N and C of the images, H·W, and D of the random numbers.</summary>
    internal readonly record struct Sizes(int Images, int Channels, int Pixels, int Draws);

    /// <summary>The factors of an image, and what is done with them.</summary>
    internal readonly record struct Factors(float Brightness, float Contrast, float Saturation)
    {
        private const float Full = 0.5f;

        public static Factors Of(float brightness, float contrast, float saturation, ColourJitterParams strengths) => new(
            1 + strengths.Brightness * (2 * brightness - 1), 1 + strengths.Contrast * (2 * contrast - 1),
            1 + strengths.Saturation * (2 * saturation - 1));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Brighten<T>(T x)
            where T : struct, ILane<T> => Brightness == 1 ? x : Cut(Brightness * (x + Full) - Full);

        /// <summary>A pixel of grey, given the mean of its image.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Change<T>(T x, T mean)
            where T : struct, ILane<T> => Stretch(Brighten(x), mean, Contrast);

        /// <summary>A pixel of colours, given the mean grey of its image.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (T R, T G, T B) Change<T>(T r, T g, T b, T mean)
            where T : struct, ILane<T>
        {
            (r, g, b) = (Change(r, mean), Change(g, mean), Change(b, mean));
            var grey = Grey(r, g, b);
            return (Stretch(r, grey, Saturation), Stretch(g, grey, Saturation), Stretch(b, grey, Saturation));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Grey<T>(T r, T g, T b)
            where T : struct, ILane<T> => 0.299f * r + 0.587f * g + 0.114f * b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Stretch<T>(T x, T from, float factor)
            where T : struct, ILane<T> => factor == 1 ? x : Cut(from + factor * (x - from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Cut<T>(T x)
            where T : struct, ILane<T> => T.Max(T.Min(x, Full), -Full);
    }

    private static Factors FactorsOf(ArrayView<float> u, int image, Sizes sizes, ColourJitterParams strengths)
    {
        var own = image * sizes.Draws;
        return Factors.Of(u[own + 3], u[own + 4], u[own + 5], strengths);
    }

    /// <summary>The mean grey value of an image, after its brightness.</summary>
    internal readonly record struct MeanOfGrey(
        ArrayView<float> X, ArrayView<float> U, ArrayView<float> Mean, Sizes Sizes, ColourJitterParams Strengths) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var factors = FactorsOf(U, row, Sizes, Strengths);
            var sum = RowSum.Of<TTeam, GreyOfPixel>(
                new GreyOfPixel(X, row * Sizes.Channels * Sizes.Pixels, Sizes, factors), Sizes.Pixels);
            if (TTeam.First == 0)
            {
                Mean[row] = sum / Sizes.Pixels;
            }
        }
    }

    internal readonly record struct GreyOfPixel(ArrayView<float> X, int First, Sizes Sizes, Factors Factors) : RowSum.ITerm
    {
        public float At(int i)
        {
            var r = Lane(First + i);
            return Sizes.Channels == 1
                ? r.X
                : Factors.Grey(r, Lane(First + Sizes.Pixels + i), Lane(First + 2 * Sizes.Pixels + i)).X;
        }

        private ScalarLane Lane(int at) => Factors.Brighten(new ScalarLane(X[at]));
    }

    internal readonly struct ChangePixels(
        ArrayView<float> x, ArrayView<float> u, ArrayView<float> mean, ArrayView<float> y, Sizes sizes,
        ColourJitterParams strengths) : IKernel
    {
        public void Run(int pixel)
        {
            // Grid: one thread per pixel of an image, pixel = n·H·W + i.
            var image = pixel / sizes.Pixels;
            var factors = FactorsOf(u, image, sizes, strengths);
            ScalarLane center = mean[image];
            var r = pixel + image * (sizes.Channels - 1) * sizes.Pixels;
            if (sizes.Channels == 1)
            {
                y[r] = factors.Change(new ScalarLane(x[r]), center).X;
                return;
            }

            var (g, b) = (r + sizes.Pixels, r + 2 * sizes.Pixels);
            var (red, green, blue) =
                factors.Change(new ScalarLane(x[r]), new ScalarLane(x[g]), new ScalarLane(x[b]), center);
            y[r] = red.X;
            y[g] = green.X;
            y[b] = blue.X;
        }
    }

    internal readonly record struct Call(
        Tensor<float> X, Tensor<float> U, Tensor<float> Y, Sizes Sizes, ColourJitterParams Strengths) : IPrimitive, IRangeBody
    {
        /// <summary>Pixels that are summed in vector lanes before the sum of them is added to the rest.</summary>
        private const int Piece = 4096;

        public void OnHost(HostDevice device) => device.Team.For(
            Sizes.Images, HostLoop.RowGrain((long)Sizes.Channels * Sizes.Pixels), this);

        public unsafe void Range(int start, int end)
        {
            for (var image = start; image < end; image++)
            {
                var first = (nint)image * Sizes.Channels * Sizes.Pixels;
                var u = U.Pointer + (nint)image * Sizes.Draws;
                Change(X.Pointer + first, Y.Pointer + first, Factors.Of(u[3], u[4], u[5], Strengths));
            }
        }

        public void OnKernels(KernelDevice device)
        {
            using var mean = device.Empty<float>([Sizes.Images]);
            if (Strengths.Contrast > 0)
            {
                device.LaunchRows(Sizes.Images, Sizes.Pixels, new MeanOfGrey(X.View, U.View, mean.View, Sizes, Strengths));
            }

            device.Launch(
                Sizes.Images * Sizes.Pixels, new ChangePixels(X.View, U.View, mean.View, Y.View, Sizes, Strengths));
        }

        private unsafe void Change(float* x, float* y, in Factors factors)
        {
            VectorLane mean = factors.Contrast == 1 ? 0 : MeanOf(x, factors);
            float* green = x + Sizes.Pixels, blue = green + Sizes.Pixels;
            for (var i = 0; i < Sizes.Pixels; i += HostLoop.Width)
            {
                var count = Math.Min(HostLoop.Width, Sizes.Pixels - i);
                if (Sizes.Channels == 1)
                {
                    HostLoop.StorePart(factors.Change(Load(x + i), mean).X, y + i, count);
                    continue;
                }

                var (r, g, b) = factors.Change(Load(x + i), Load(green + i), Load(blue + i), mean);
                HostLoop.StorePart(r.X, y + i, count);
                HostLoop.StorePart(g.X, y + Sizes.Pixels + i, count);
                HostLoop.StorePart(b.X, y + 2 * (nint)Sizes.Pixels + i, count);
            }
        }

        /// <summary>Pieces are added in double in their order.</summary>
        private unsafe float MeanOf(float* x, in Factors factors)
        {
            var sum = 0.0;
            for (var start = 0; start < Sizes.Pixels; start += Piece)
            {
                var lanes = Vector512<float>.Zero;
                for (var i = start; i < Math.Min(Sizes.Pixels, start + Piece); i += HostLoop.Width)
                {
                    lanes += HostLoop.Part(GreyAt(x + i, factors).X, Sizes.Pixels - i, fill: 0);
                }

                sum += HostLoop.Fold(lanes, default(Plus));
            }

            return (float)(sum / Sizes.Pixels);
        }

        private unsafe VectorLane GreyAt(float* x, in Factors factors)
        {
            var r = factors.Brighten(Load(x));
            return Sizes.Channels == 1 ? r : Factors.Grey(
                r, factors.Brighten(Load(x + Sizes.Pixels)), factors.Brighten(Load(x + 2 * (nint)Sizes.Pixels)));
        }

        private static unsafe VectorLane Load(float* from) => new(Vector512.Load(from));
    }
}
