using IlgpuVq.Models.Metrics;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class DistortionTests
{
    private const int Channels = 3, Side = 16, Length = Channels * Side * Side, Count = 5;

    private static readonly (float[] Originals, float[] Reconstructions) Images = Noise();

    [Fact]
    public void Figures_are_means_over_images_however_many_come_at_once()
    {
        var (x, y) = Images;
        double[] errors = [.. Enumerable.Range(0, Count).Select(image => Enumerable.Range(image * Length, Length)
            .Average(i => ((double)x[i] - y[i]) * ((double)x[i] - y[i])))];
        var distortion = Sums(Count);

        Assert.Equal(errors.Average(), distortion.Mse, 1e-12);
        Assert.Equal(-10 * Math.Log10(errors.Average()), distortion.Psnr, 1e-9);
        Assert.Equal(errors.Average(error => -10 * Math.Log10(error)), distortion.MeanPsnr, 1e-9);
        Assert.Equal(
            Enumerable.Range(0, Count).Average(image => StructuralSimilarity.Of(
                x.AsSpan(image * Length, Length), y.AsSpan(image * Length, Length), Side, Side)),
            distortion.Ssim!.Value, 1e-12);
        Assert.Null(distortion.MsSsim);
        Assert.Null(distortion.Perceptual);
        Assert.Equal(distortion, Sums(Count));
        Assert.Equal(distortion.Mse, Sums(2).Mse, 1e-12);
        Assert.Equal(distortion.Ssim.Value, Sums(1).Ssim!.Value, 1e-12);
    }

    [Fact]
    public void The_perceptual_distance_is_the_mean_of_the_images_distances()
    {
        using var folder = new TemporaryFolder();
        using var device = Device.Open("cpu");
        SmallNetwork.Write(folder.At("network"));
        using var file = SafetensorsFile.Open(folder.At("network"));
        using var network = PerceptualLoss.Load(device, file, "network");

        var all = Sums(Count, network).Perceptual!.Value;
        var each = Enumerable.Range(0, Count).Average(image =>
        {
            var sums = new DistortionSums((Channels, Side, Side), network);
            sums.Add(
                Images.Originals[(image * Length)..((image + 1) * Length)],
                Images.Reconstructions[(image * Length)..((image + 1) * Length)]);
            return sums.Take().Perceptual!.Value;
        });

        Assert.Equal(each, all, 1e-6);
        Assert.True(all > 1e-4);
        Assert.Equal(all, Sums(2, network).Perceptual!.Value, 1e-6);
    }

    [Fact]
    public void Images_without_a_window_have_no_similarity_and_those_that_are_equal_no_finite_ratio()
    {
        var sums = new DistortionSums((1, 4, 4));
        sums.Add(new float[16], new float[16]);
        Assert.Equal(new Distortion(0, double.PositiveInfinity, null, null, null), sums.Take());
    }

    private static Distortion Sums(int atOnce, PerceptualLoss? network = null)
    {
        var sums = new DistortionSums((Channels, Side, Side), network);
        for (var first = 0; first < Count; first += atOnce)
        {
            var end = Math.Min(Count, first + atOnce);
            var range = (first * Length)..(end * Length);
            sums.Add(Images.Originals[range], Images.Reconstructions[range]);
        }

        return sums.Take();
    }

    private static (float[], float[]) Noise()
    {
        var random = new Random(1);
        float[] x = [.. Enumerable.Range(0, Count * Length).Select(_ => random.NextSingle() - 0.5f)];
        return (x, [.. x.Select((pixel, i) => pixel + (0.1f * (1 + (i / Length)) * (random.NextSingle() - 0.5f)))]);
    }
}
