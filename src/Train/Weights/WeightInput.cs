using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuVq.Models;
using IlgpuVq.Models.Weights;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Weights;

/// <summary>What <c>import</c> reads from: a file of weights, or a folder as diffusers saves a model.</summary>
internal sealed class WeightInput : IDisposable
{
    private const string ConfigName = "config.json";

    private const int LongestConfig = 1 << 20;

    private static readonly string[] WeightNames = ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"];

    private WeightInput(string path, ITensorFile file, JsonObject? config) => (Path, File, Config) = (path, file, config);

    /// <summary>The file itself.</summary>
    public string Path { get; }

    public ITensorFile File { get; }

    /// <summary>The config.json of a folder; null for a file.</summary>
    public JsonObject? Config { get; }

    /// <exception cref="RunException">There is no such file or folder, or the folder lacks one of its files.</exception>
    /// <exception cref="Tensors.UserException">The file cannot be read, as its format says it.</exception>
    public static WeightInput Open(string path)
    {
        if (!Directory.Exists(path))
        {
            return new WeightInput(path, TensorFiles.Open(path), config: null);
        }

        var weights = WeightNames.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(System.IO.File.Exists);
        var config = System.IO.Path.Combine(path, ConfigName);
        return weights is not null && System.IO.File.Exists(config)
            ? new WeightInput(weights, TensorFiles.Open(weights), ReadConfig(config))
            : throw new RunException(
                path, $"a folder with {ConfigName} and {string.Join(" or ", WeightNames)}",
                $"one without {(weights is null ? "weights" : ConfigName)}",
                "Name the file of weights itself, or the folder of one model.");
    }

    public void Dispose() => File.Dispose();

    private static JsonObject ReadConfig(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length > LongestConfig
                ? throw Wrong($"at most {LongestConfig} bytes", $"{length}")
                : JsonNode.Parse(
                    System.IO.File.ReadAllBytes(path),
                    documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                    ?? throw Wrong("a JSON object", "another value");
        }
        catch (JsonException exception)
        {
            throw Wrong("a JSON object", $"an error in line {(exception.LineNumber ?? 0) + 1}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }

        RunException Wrong(string expected, string actual, Exception? inner = null) =>
            new(path, expected, actual, "Fetch or save the model again.", inner);
    }
}
