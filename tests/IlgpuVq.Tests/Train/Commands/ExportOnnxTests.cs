using IlgpuVq.Tests.Support;
using Microsoft.ML.OnnxRuntime;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary><c>export --format onnx</c>, as its user meets it.</summary>
public sealed class ExportOnnxTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_becomes_a_folder_of_files_that_onnx_runtime_opens()
    {
        var (run, models) = (folder.At("run"), folder.At(Path.Combine("models", "of-run")));
        Assert.Equal(0, Invoke(["train", "--run", run, "--steps", "1", .. Tiny]).Code);
        var (code, output, errors) = Invoke("export", "--run", run, "--format", "onnx", "--output", models);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            [
                $"wrote {Path.Combine(models, "encoder.onnx")}: image (batch, 3, height, width) → "
                    + "latents (batch, 4, height/4, width/4)",
                $"wrote {Path.Combine(models, "quantizer.onnx")}: latents (batch, 4, rows, columns) → "
                    + "codes (batch, 1, rows, columns), quantized (batch, 4, rows, columns)",
                $"wrote {Path.Combine(models, "decoder.onnx")}: codes (batch, 1, rows, columns) → "
                    + "reconstruction (batch, 3, 4*rows, 4*columns)",
                $"wrote {Path.Combine(models, "model.onnx")}: image (batch, 3, height, width) → "
                    + "codes (batch, 1, height/4, width/4), reconstruction (batch, 3, height, width)",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(Directory.GetFiles(models), path => new InferenceSession(path).Dispose());
        Assert.Equal(4, Directory.GetFiles(models).Length);

        // Again, over the same files.
        Assert.Equal(0, Invoke("export", "--run", run, "--format", "onnx", "--output", models).Code);
    }

    [Fact]
    public void Export_says_what_it_cannot_write()
    {
        var (run, file) = (folder.At("run"), folder.At("file"));
        File.WriteAllText(file, "");
        AssertFails(
            "--format: expected onnx or web; got tflite. Leave it out for weights, whose format the ending says.",
            "export", "--run", run, "--format", "tflite", "--output", file);
        AssertFails(
            $"--output: expected a folder, or a new one; got {file}, a file. Choose another name.",
            "export", "--run", run, "--format", "onnx", "--output", file);
        AssertFails(
            "--output: expected a name that ends in .safetensors, .pt, .pth, .bin; got x.onnx. Name a folder, with "
                + "--format onnx.",
            "export", "--run", run, "--output", "x.onnx");
    }
}
