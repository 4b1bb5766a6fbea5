using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What lies between two images.</summary>
[Collection(nameof(SampleRuns))]
public sealed class InterpolateCommandTests(SampleRuns runs)
{
    [Fact]
    public void A_row_goes_from_one_image_over_its_reconstruction_to_the_other()
    {
        var (path, pairs) = (runs.At("between.png"), runs.At("pairs.png"));
        var output = Interpolate(path, "--from", runs.Image(0), "--to", runs.Image(1), "--steps", "5");
        Assert.Contains("5 images from the reconstruction of ", output, StringComparison.Ordinal);
        var cells = Cells(path, columns: 7, count: 7, header: 15);
        Assert.Equal(ImageFile.Load(runs.Image(0)).Pixels, cells[0]);
        Assert.Equal(ImageFile.Load(runs.Image(1)).Pixels, cells[6]);
        foreach (var (image, cell) in ((int, int)[])[(0, 1), (1, 5)])
        {
            SampleRuns.Succeed(
                "reconstruct", "--run", runs.Model, "--input", runs.Image(image), "--output", pairs, "--accelerator", "cpu");
            var reconstruction = Cells(pairs, columns: 2, count: 2, header: 15)[1];
            Assert.All(reconstruction.Zip(cells[cell]), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        }

        // More than a row has room for, of a prior's model and images of a size that strides do not divide.
        Interpolate(
            path, "--run", runs.ByClass, "--from", runs.Image(0), "--to", runs.Image(1), "--steps", "40", "--resize", "17x13");
        Assert.Equal(6 * (8 * 19 + 2), ImageFile.Load(path).Width);
    }

    [Theory]
    [InlineData("vqvae")]
    [InlineData("vqvae2")]
    [InlineData("kl")]
    public void Latent_images_are_mixed_quantized_and_decoded(string family)
    {
        using var device = Device.Open("cpu");
        var options = ModelFamilies.All.First(kind => kind.Name == family).Default;
        using var model = Tiny(options).Build(new ModuleScope(device, seed: 1));
        var (a, b) = (Pixels(seed: 1), Pixels(seed: 2));
        var drawn = Interpolation.Draw(model, a, b, (16, 16), steps: 3);

        using var tape = new Tape(device, recording: false);
        var first = model.Latents(tape.Constant(a, [1, 3, 16, 16]), StepContext.Inference);
        var last = model.Latents(tape.Constant(b, [1, 3, 16, 16]), StepContext.Inference);
        var mixed = first.Zip(last, (x, y) => tape.Constant(
            [.. x.Value.ToArray().Zip(y.Value.ToArray(), (p, q) => p * 0.5f + q * 0.5f)], x.Shape)).ToArray();
        var expected = model.Images(model.Quantize(mixed, StepContext.Inference), StepContext.Inference).Value.ToArray();
        AssertNear(expected, drawn[768..1536]);
        using (var output = model.Forward(tape.Constant(b, [1, 3, 16, 16]), StepContext.Inference))
        {
            AssertNear(output.Reconstruction.Value.ToArray(), drawn[1536..]);
        }

        // The mixture itself, not quantized, gives another image but where there are no codes.
        var plain = model.Images(mixed, StepContext.Inference).Value.ToArray();
        Assert.Equal(family == "kl", plain.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6));
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_line()
    {
        var (image, other) = (runs.Image(0), runs.At("other.png"));
        ImageFolderTests.Noise(other, 20, 12, 3, seed: 1);
        Fails(
            $"{other}: expected an image of 16×12 pixels, as {image} has; got 20×12. Bring both to one size with --resize ",
            "--from", image, "--to", other);
        Fails("--steps: expected a whole number of at least 2; got 1.", "--from", image, "--to", image, "--steps", "1");
        Fails("--steps: expected a whole number from 2 to ", "--from", image, "--to", image, "--steps", "9999");
        Fails($"{runs.At("nowhere.png")}: ", "--from", runs.At("nowhere.png"), "--to", image);
        Fails("--to: expected the last one, of the same size; got none.", "--from", image);
        Assert.False(File.Exists(runs.At("no-row.png")));
    }

    private static AutoencoderOptions Tiny(AutoencoderOptions options) => options switch
    {
        ResidualAutoencoderOptions residual => residual with { Hidden = 8, ResidualHidden = 4 },
        KlAutoencoderOptions kl => kl with
        {
            BlockOutChannels = [8, 8],
            LayersPerBlock = 1,
            NormNumGroups = 4,
        },
        _ => throw new NotSupportedException(options.Family),
    };

    private static void AssertNear(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

    private static float[] Pixels(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3 * 16 * 16).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static byte[][] Cells(string path, int columns, int count, int header) =>
        SampleRuns.Cells(path, columns, count, scale: 6, (SampleRuns.Width, SampleRuns.Height), header);

    private string Interpolate(string output, params string[] options) => SampleRuns.Succeed([
        "interpolate", .. options.Contains("--run") ? [] : (string[])["--run", runs.Model], "--output", output, "--accelerator",
        "cpu", .. options]);

    private void Fails(string message, params string[] options) => AssertFails(
        message, ["interpolate", "--run", runs.Model, "--output", runs.At("no-row.png"), "--accelerator", "cpu", .. options]);
}
