namespace IlgpuVq.Models.Metrics;

/// <summary>How alike two images look by the means, contrasts and structures of their windows: SSIM, and MS-SSIM over five
/// scales.</summary>
/// <remarks>
/// <para>In each window of 11×11 pixels that lies within the image, weighted by a Gaussian of σ = 1.5 pixels whose weights add up
/// to 1, μ are means, σ² variances and σxy the covariance (divided by the weights' sum). With C₁ = 0.01² and C₂ = 0.03²:
/// l = (2·μx·μy + C₁) / (μx² + μy² + C₁), cs = (2·σxy + C₂) / (σx² + σy² + C₂). SSIM is the mean of l·cs over all windows.</para>
/// <para>MS-SSIM = Πₛ (mean of cs at scale s)^wₛ for s = 1 to 4, times (mean of l·cs at scale 5)^w₅, w = 0.0448, 0.2856, 0.3001,
/// 0.2363, 0.1333. Each scale is the one before in means of 2×2 pixels, an odd last row or column repeated. A negative mean
/// counts as 0, since it has no such power.</para>
/// <para>Images are planes (P, H, W) of numbers in [−0.5, 0.5], which is black to full; each plane is compared for itself, and
/// the result is the mean over planes. 1 for equal images, and less for all others. A NaN gives NaN.</para>
/// <para>Double precision on the host. Deterministic.</para>
/// <para>Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity",
/// 2004, equation 13; Wang, Simoncelli, Bovik, "Multiscale structural similarity for image quality assessment", 2003, equation 7.
/// The images are not scaled down before, as the first authors' program does with sides above 256 pixels.</para>
/// </remarks>
public static class StructuralSimilarity
{
    /// <summary>Pixels of a window's side, and so the least side of an image.</summary>
    public const int LeastSide = 11;

    /// <summary>The least side of an image for five scales: the fifth has a window.</summary>
    public const int LeastSideOfScales = 161;

    private const double Deviation = 1.5;
    private const double C1 = 0.01 * 0.01, C2 = 0.03 * 0.03;

    private static readonly double[] Gaussian = Weights();

    /// <summary>The exponents of the scales, the finest first.</summary>
    private static readonly double[] Exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    /// <summary>SSIM.</summary>
    /// <param name="x">Planes (P, H, W).</param>
    /// <param name="y">Others, as many.</param>
    /// <param name="height">H, at least <see cref="LeastSide"/>.</param>
    /// <param name="width">W, at least <see cref="LeastSide"/>.</param>
    /// <exception cref="ArgumentException">A side is too small, or the numbers are not those of whole planes.</exception>
    public static double Of(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int height, int width) =>
        MeanOverPlanes("ssim", LeastSide, x, y, (height, width), plane => plane.Compare().Similarity);

    /// <summary>MS-SSIM.</summary>
    /// <param name="x">Planes (P, H, W).</param>
    /// <param name="y">Others, as many.</param>
    /// <param name="height">H, at least <see cref="LeastSideOfScales"/>.</param>
    /// <param name="width">W, at least <see cref="LeastSideOfScales"/>.</param>
    /// <exception cref="ArgumentException">A side is too small, or the numbers are not those of whole planes.</exception>
    public static double OfScales(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int height, int width) =>
        MeanOverPlanes("ms-ssim", LeastSideOfScales, x, y, (height, width), OverScales);

    private static double MeanOverPlanes(
        string name, int leastSide, ReadOnlySpan<float> x, ReadOnlySpan<float> y, (int Height, int Width) size,
        Func<Pair, double> compare)
    {
        var (height, width) = size;
        if (height < leastSide || width < leastSide)
        {
            throw new ArgumentException(
                $"{name}: expected images of at least {leastSide}×{leastSide} pixels; got {width}×{height}");
        }

        var length = height * width;
        if (x.Length == 0 || x.Length % length != 0 || y.Length != x.Length)
        {
            throw new ArgumentException(
                $"{name}: expected two images in planes of {height}×{width} numbers; got {x.Length} and {y.Length} numbers");
        }

        var sum = 0.0;
        for (var first = 0; first < x.Length; first += length)
        {
            sum += compare(new Pair(ToUnit(x.Slice(first, length)), ToUnit(y.Slice(first, length)), height, width));
        }

        return sum / (x.Length / length);
    }

    private static double OverScales(Pair plane)
    {
        var product = 1.0;
        for (var scale = 0; scale < Exponents.Length; scale++)
        {
            plane = scale == 0 ? plane : plane.Halve();
            var (similarity, structure) = plane.Compare();
            var mean = scale == Exponents.Length - 1 ? similarity : structure;
            product *= Math.Pow(Math.Max(0, mean), Exponents[scale]); // NaN stays NaN
        }

        return product;
    }

    private static double[] ToUnit(ReadOnlySpan<float> pixels)
    {
        var unit = new double[pixels.Length];
        for (var i = 0; i < unit.Length; i++)
        {
            unit[i] = pixels[i] + 0.5;
        }

        return unit;
    }

    private static double[] Weights()
    {
        var weights = new double[LeastSide];
        for (var i = 0; i < weights.Length; i++)
        {
            var distance = (i - LeastSide / 2) / Deviation;
            weights[i] = Math.Exp(-distance * distance / 2);
        }

        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    /// <summary>Weighted sums of x, y and their products.</summary>
    private readonly record struct Moments(double X, double Y, double XX, double YY, double XY)
    {
        public static Moments operator +(Moments a, Moments b) =>
            new(a.X + b.X, a.Y + b.Y, a.XX + b.XX, a.YY + b.YY, a.XY + b.XY);

        public static Moments operator *(double w, Moments a) => new(w * a.X, w * a.Y, w * a.XX, w * a.YY, w * a.XY);
    }

    /// <summary>A plane (H, W) of either image, in [0, 1].</summary>
    private sealed record Pair(double[] X, double[] Y, int Height, int Width)
    {
        /// <summary>The means of l·cs and of cs over all windows.</summary>
        public (double Similarity, double Structure) Compare()
        {
            // The Gaussian of a window is one along its rows times one along its columns.
            var (rows, columns) = (Height - LeastSide + 1, Width - LeastSide + 1);
            var lines = new Moments[Height * columns];
            for (var i = 0; i < lines.Length; i++)
            {
                var (first, line) = (i / columns * Width + i % columns, default(Moments));
                for (var k = 0; k < LeastSide; k++)
                {
                    var (x, y) = (X[first + k], Y[first + k]);
                    line += Gaussian[k] * new Moments(x, y, x * x, y * y, x * y);
                }

                lines[i] = line;
            }

            var (similarity, structure) = (0.0, 0.0);
            for (var i = 0; i < rows * columns; i++)
            {
                var window = default(Moments);
                for (var k = 0; k < LeastSide; k++)
                {
                    window += Gaussian[k] * lines[i + k * columns];
                }

                var (both, squares) = (window.X * window.Y, window.X * window.X + window.Y * window.Y);
                var cs = (2 * (window.XY - both) + C2) / (window.XX + window.YY - squares + C2);
                structure += cs;
                similarity += (2 * both + C1) / (squares + C1) * cs;
            }

            return (similarity / (rows * columns), structure / (rows * columns));
        }

        /// <summary>In means of 2×2 pixels.</summary>
        public Pair Halve() => new(Halve(X), Halve(Y), (Height + 1) / 2, (Width + 1) / 2);

        private double[] Halve(double[] pixels)
        {
            var (height, width) = ((Height + 1) / 2, (Width + 1) / 2);
            var half = new double[height * width];
            for (var i = 0; i < half.Length; i++)
            {
                var (top, left) = (2 * (i / width), 2 * (i % width));
                var (bottom, right) = (Math.Min(top + 1, Height - 1), Math.Min(left + 1, Width - 1));
                half[i] = (pixels[top * Width + left] + pixels[top * Width + right]
                    + pixels[bottom * Width + left] + pixels[bottom * Width + right]) / 4;
            }

            return half;
        }
    }
}
