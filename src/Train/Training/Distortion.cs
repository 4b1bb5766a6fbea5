using IlgpuVq.Autograd;
using IlgpuVq.Models.Metrics;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Training;

/// <summary>How far reconstructions are from their images.</summary>
/// <param name="Mse">Mean squared error of a pixel on the scale 0 to 1, over all images.</param>
/// <param name="MeanPsnr">The mean of each image's own PSNR, in dB.</param>
/// <param name="Ssim">The mean of each image's SSIM; null where images are smaller than its window.</param>
/// <param name="MsSsim">The mean of each image's MS-SSIM; null where images are too small for five scales.</param>
/// <param name="Perceptual">The mean perceptual distance (LPIPS); null without a network.</param>
internal sealed record Distortion(double Mse, double MeanPsnr, double? Ssim, double? MsSsim, double? Perceptual)
{
    /// <summary>10·log10(1 / MSE) in dB.</summary>
    public double Psnr => PsnrOf(Mse);

    public static double PsnrOf(double mse) => -10 * Math.Log10(mse);
}

/// <summary>Adds up the distortion of images of one size.</summary>
/// <remarks>Sums are in double precision, image after image, so that they do not depend on the number of threads, nor but for
/// rounding on how many images come at once.</remarks>
/// <param name="size">C, H, W of an image.</param>
/// <param name="perceptual">The network to look with; null for none.</param>
internal sealed class DistortionSums((int Channels, int Height, int Width) size, PerceptualLoss? perceptual = null)
{
    /// <summary>Pixels that the network looks at at once: its features need the memory of some two hundred.</summary>
    private const int PixelsAtOnce = 1 << 17;

    private readonly int length = size.Channels * size.Height * size.Width;
    private readonly bool hasWindow = Math.Min(size.Height, size.Width) >= StructuralSimilarity.LeastSide;
    private readonly bool hasScales = Math.Min(size.Height, size.Width) >= StructuralSimilarity.LeastSideOfScales;
    private long count;
    private double squares, psnr, ssim, scales, looks;

    /// <summary>Adds images (B, C, H, W) in [−0.5, 0.5] and their reconstructions.</summary>
    public void Add(float[] originals, float[] reconstructions)
    {
        var images = new (double Squares, double Ssim, double Scales)[originals.Length / length];
        Parallel.For(0, images.Length, i =>
        {
            var x = originals.AsSpan(i * length, length);
            var y = reconstructions.AsSpan(i * length, length);
            images[i] = (
                SquaresOf(x, y), hasWindow ? StructuralSimilarity.Of(x, y, size.Height, size.Width) : 0,
                hasScales ? StructuralSimilarity.OfScales(x, y, size.Height, size.Width) : 0);
        });
        foreach (var image in images)
        {
            squares += image.Squares;
            psnr += Distortion.PsnrOf(image.Squares / length);
            ssim += image.Ssim;
            scales += image.Scales;
        }

        count += images.Length;
        looks += perceptual is null ? 0 : Look(originals, reconstructions);
    }

    /// <summary>Of all that was added.</summary>
    public Distortion Take() => new(
        squares / (count * (double)length), psnr / count, hasWindow ? ssim / count : null, hasScales ? scales / count : null,
        perceptual is null ? null : looks / count);

    private static double SquaresOf(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            var difference = (double)x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>The perceptual distances of images, summed.</summary>
    private double Look(float[] originals, float[] reconstructions)
    {
        var (sum, images) = (0.0, originals.Length / length);
        var atOnce = Math.Clamp(PixelsAtOnce / (size.Height * size.Width), 1, images);
        for (var first = 0; first < images; first += atOnce)
        {
            var part = Math.Min(atOnce, images - first);
            using var x = Part(reconstructions, first, part);
            using var target = Part(originals, first, part);
            using var tape = new Tape(x.Device, recording: false);
            sum += part * (double)perceptual!.Of(tape.Constant(x), target).Value.Item();
        }

        return sum;
    }

    private Tensor<float> Part(float[] images, int first, int count) => perceptual!.Device.From<float>(
        images.AsSpan(first * length, count * length), [count, size.Channels, size.Height, size.Width]);
}
