using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Codec;

/// <summary>A small model of images of two classes, a prior of its codes that knows the classes, and one of a model with two
/// grids that knows none.</summary>
public sealed class CodecRuns : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CodecRuns()
    {
        for (var i = 0; i < 8; i++)
        {
            SaveNoise(folder["data", "ab"[i % 2].ToString(), $"{i}.png"], 12, 8, seed: i);
        }

        Train("vqvae", [], "classes", []);
        Train("vqvae2", ["--model", "vqvae2"], "grids", ["--conditional", "false"]);

        void Train(string model, string[] options, string prior, string[] priorOptions)
        {
            Succeeds(["train", "--data", folder.At("data"), "--run", folder.At(model), "--steps", "2", "--accelerator", "cpu",
                "--resize", model == "vqvae2" ? "16x8" : "12x8", .. options, .. ProgramRun.Tiny]);
            Succeeds(["train-prior", "--from", folder.At(model), "--run", folder.At(prior), "--steps", "3", "--width", "8",
                "--batch", "4", "--checkpoint-every", "2", "--log-every", "2", "--accelerator", "cpu", .. priorOptions]);
        }
    }

    /// <summary>The prior that knows classes, of 12×8 pixels.</summary>
    public string WithClasses => folder.At("classes");

    /// <summary>The prior of two grids, of 16×8 pixels.</summary>
    public string WithGrids => folder.At("grids");

    /// <summary>The model of the first.</summary>
    public string Model => folder.At("vqvae");

    public string At(string name) => folder.At(name);

    /// <summary>An image of noise that is smooth here and there.</summary>
    public static void SaveNoise(string path, int width, int height, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        for (var i = 3; i < pixels.Length / 2; i++)
        {
            pixels[i] = (byte)((pixels[i - 3] * 7 + pixels[i]) / 8);
        }

        ImageFile.Save(path, new DecodedImage(width, height, 3, pixels));
    }

    public static string Succeeds(params string[] arguments)
    {
        var (code, output, errors) = ProgramRun.Invoke(arguments);
        Assert.True(code == 0, errors);
        return output;
    }

    /// <summary>Loads a prior as the commands do.</summary>
    internal static void Use(string run, string accelerator, Action<ImageCodec, TrainedPrior> use)
    {
        using var device = Device.Open(accelerator);
        using var reproducible = Device.Open("cpu", new DeviceOptions(Reproducible: true));
        using var trained = TrainedPrior.Load(device, run, CheckpointStore.LatestName, _ => { }, reproducible);
        use(new ImageCodec(trained), trained);
    }

    public void Dispose() => folder.Dispose();
}
