using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Small models of images of 16×12 pixels in three classes, and priors of their codes: one that draws row by row and
/// knows the classes, one of masks that knows none, and one of two grids.</summary>
[CollectionDefinition(nameof(SampleRuns))]
public sealed class SampleRuns : ICollectionFixture<SampleRuns>, IDisposable
{
    /// <summary>The sizes of images.</summary>
    public const int Width = 16, Height = 12;

    /// <summary>Images to learn, and others.</summary>
    public const int TrainImages = 12, TestImages = 6;

    private readonly TemporaryFolder folder = new();

    public SampleRuns()
    {
        foreach (var (split, count) in new[] { ("train", TrainImages), ("test", TestImages) })
        {
            for (var i = 0; i < count; i++)
            {
                ImageFolderTests.Noise(
                    folder["data", split, Classes[i % 3], $"{i}.png"], Width, Height, 3, seed: i + 99 * count);
            }
        }

        Train("model", []);
        Prior("model", "by-class", ["--width", "8", "--blocks", "1", "--steps", "20", "--lr", "0.05"]);
        Prior("model", "masks", [
            "--prior", "maskgit", "--width", "8", "--heads", "2", "--layers", "1", "--conditional", "false"]);
        Train("grids-model", ["--model", "vqvae2", "--resize", "16x8"]);
        Prior("grids-model", "grids", ["--width", "8", "--blocks", "1", "--conditional", "false"]);

        void Train(string name, string[] options) => Succeed(
            ["train", "--data", Data, "--run", At(name), "--steps", "2", "--accelerator", "cpu", .. Tiny, .. options]);

        void Prior(string model, string name, string[] options) => Succeed([
            "train-prior", "--from", At(model), "--run", At(name), "--batch", "4", "--log-every", "2", "--accelerator", "cpu",
            .. options.Contains("--steps") ? [] : (string[])["--steps", "2"], .. options]);
    }

    public static string[] Classes { get; } = ["cats", "dogs", "eels"];

    public string Data => folder.At("data");

    public string Model => At("model");

    public string ByClass => At("by-class");

    public string Masks => At("masks");

    public string Grids => At("grids");

    public string At(string name) => folder.At(name);

    /// <summary>An image to learn.</summary>
    public string Image(int i) => Path.Combine(Data, "train", Classes[i % 3], $"{i}.png");

    public static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    /// <summary>The images of a picture: of so many columns, each enlarged so many times, below so many rows of labels.</summary>
    public static byte[][] Cells(string path, int columns, int count, int scale, (int Width, int Height) size, int header)
    {
        var picture = ImageFile.Load(path);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var pixels = new byte[size.Width * size.Height * picture.Channels];
            for (var y = 0; y < size.Height; y++)
            {
                for (var x = 0; x < size.Width; x++)
                {
                    var row = header + scale * (ImageGrid.Padding + i / columns * (size.Height + ImageGrid.Padding) + y);
                    var column = scale * (ImageGrid.Padding + i % columns * (size.Width + ImageGrid.Padding) + x);
                    picture.Pixels.AsSpan((row * picture.Width + column) * picture.Channels, picture.Channels)
                        .CopyTo(pixels.AsSpan((y * size.Width + x) * picture.Channels));
                }
            }

            return pixels;
        })];
    }

    public void Dispose() => folder.Dispose();
}
