using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Windows of images, and images of another size.</summary>
internal static class ImageReference
{
    /// <summary>The mean of x[b, c, i·stride + kh − top, j·stride + kw − left] over kh and kw, 0 outside of x; there it counts or
    /// not.</summary>
    public static DoubleTensor AveragePool2d(DoubleTensor x, Pair kernel, Pair stride, Padding padding, bool countsPadding) =>
        DoubleTensor.Build(PooledShape(x.Shape, kernel, stride, padding), at =>
        {
            var window = Window(x, at, kernel, stride, padding);
            return window.Sum() / (countsPadding ? kernel.H * kernel.W : window.Length);
        });

    public static DoubleTensor MaxPool2d(DoubleTensor x, Pair kernel, Pair stride, Padding padding) => DoubleTensor.Build(
        PooledShape(x.Shape, kernel, stride, padding), at =>
        {
            var window = Window(x, at, kernel, stride, padding);
            return window.Any(double.IsNaN) ? double.NaN : window.Max();
        });

    /// <summary>The smallest distance between the largest and the next smaller pixel of a window.</summary>
    public static double GapToSecond(DoubleTensor x, Pair kernel, Pair stride, Padding padding)
    {
        var gap = double.PositiveInfinity;
        foreach (var at in DoubleTensor.Indices(PooledShape(x.Shape, kernel, stride, padding)))
        {
            var sorted = Window(x, at, kernel, stride, padding).OrderDescending().Take(2).ToArray();
            gap = sorted.Length == 2 ? Math.Min(gap, sorted[0] - sorted[1]) : gap;
        }

        return gap;
    }

    /// <summary>The mean over rows ⌊i·H / height⌋ ≤ h &lt; ⌈(i + 1)·H / height⌉ and the columns likewise.</summary>
    public static DoubleTensor AdaptiveAveragePool2d(DoubleTensor x, int height, int width) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1], height, width], at =>
        {
            var (top, bottom) = Part(at[2], x.Shape[2], height);
            var (left, right) = Part(at[3], x.Shape[3], width);
            var sum = 0.0;
            for (var h = top; h < bottom; h++)
            {
                for (var w = left; w < right; w++)
                {
                    sum += x[at[0], at[1], h, w];
                }
            }

            return sum / ((bottom - top) * (right - left));
        });

    /// <summary>y(i, j) = x(u, v) between the four pixels around: u = max(0, (i + ½)·H/height − ½), or i·(H − 1)/(height −
    /// 1).</summary>
    public static DoubleTensor BilinearResize(DoubleTensor x, int height, int width, bool alignCorners) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1], height, width], at =>
        {
            var (top, bottom, down) = Around(at[2], x.Shape[2], height, alignCorners);
            var (left, right, across) = Around(at[3], x.Shape[3], width, alignCorners);
            var upper = (1 - across) * x[at[0], at[1], top, left] + across * x[at[0], at[1], top, right];
            var lower = (1 - across) * x[at[0], at[1], bottom, left] + across * x[at[0], at[1], bottom, right];
            return (1 - down) * upper + down * lower;
        });

    /// <summary>y[b, c, h, w] = x[b, (c·R + h mod R)·R + w mod R, ⌊h / R⌋, ⌊w / R⌋].</summary>
    public static DoubleTensor PixelShuffle(DoubleTensor x, int factor) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1] / (factor * factor), x.Shape[2] * factor, x.Shape[3] * factor],
        at => x[at[0], (at[1] * factor + at[2] % factor) * factor + at[3] % factor, at[2] / factor, at[3] / factor]);

    public static DoubleTensor PixelUnshuffle(DoubleTensor x, int factor) => DoubleTensor.Build(
        [x.Shape[0], x.Shape[1] * factor * factor, x.Shape[2] / factor, x.Shape[3] / factor],
        at => x[
            at[0], at[1] / (factor * factor), at[2] * factor + at[1] / factor % factor, at[3] * factor + at[1] % factor]);

    private static Shape PooledShape(Shape x, Pair kernel, Pair stride, Padding padding) =>
    [
        x[0], x[1],
        (x[2] + padding.Top + padding.Bottom - kernel.H) / stride.H + 1,
        (x[3] + padding.Left + padding.Right - kernel.W) / stride.W + 1,
    ];

    /// <summary>The pixels of a window that lie within x.</summary>
    private static double[] Window(DoubleTensor x, int[] at, Pair kernel, Pair stride, Padding padding)
    {
        var pixels = new List<double>();
        for (var kh = 0; kh < kernel.H; kh++)
        {
            for (var kw = 0; kw < kernel.W; kw++)
            {
                var (h, w) = (at[2] * stride.H + kh - padding.Top, at[3] * stride.W + kw - padding.Left);
                if (h >= 0 && h < x.Shape[2] && w >= 0 && w < x.Shape[3])
                {
                    pixels.Add(x[at[0], at[1], h, w]);
                }
            }
        }

        return [.. pixels];
    }

    private static (int Start, int End) Part(int i, int length, int parts) =>
        ((int)Math.Floor((double)i * length / parts), (int)Math.Ceiling((i + 1.0) * length / parts));

    private static (int Low, int High, double Weight) Around(int i, int length, int count, bool alignCorners)
    {
        var place = alignCorners ? i * (length - 1.0) / Math.Max(1, count - 1) : Math.Max(0, (i + 0.5) * length / count - 0.5);
        var low = (int)Math.Floor(Math.Round(place, 9)); // A whole place is not to be a rounding error below it.
        return (low, Math.Min(low + 1, length - 1), Math.Max(0, place - low));
    }
}
