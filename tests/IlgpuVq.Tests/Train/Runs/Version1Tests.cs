using System.Text.RegularExpressions;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Runs;
using Spectre.Console;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

/// <summary>Runs of version 1: one flat config.json, and checkpoints whose keys had no prefix.</summary>
public sealed class Version1Tests : IDisposable
{
    private const string Config = """
        {
          "version": 1, "model": "vqvae", "data": "shapes", "data_root": null, "accelerator": "cpu", "precision": "Fp32",
              "steps": 5, "batch": 4,
          "learning_rate": 0.001, "hidden": 8, "residual_hidden": 4, "residual_layers": 2, "initialization": "torch",
          "residual_skip": "rectified",
          "codes": 16, "code_dim": 4, "commitment": 0.5, "codebook": "ema", "decay": 0.9, "seed": 3, "log_every": 2,
          "checkpoint_every": 0,
          "sample_every": 0, "channels": 3, "height": 32, "width": 32, "data_variance": 0.0566
        }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_of_version_1_is_resumed_to_the_bit_and_used()
    {
        var (whole, old) = (folder.At("whole"), folder.At("old"));
        Run("train", "--run", whole, "--steps", "8");
        Run("train", "--run", old, "--steps", "8");
        MakeVersion1(old);

        Run("evaluate", "--run", old);
        Resume(old);

        Assert.Equal(Tensors(whole), Tensors(old));
        Assert.Equal(Metrics(whole), Metrics(old));
        using var run = RunFolder.OpenForReading(old);
        Assert.Equal(2, run.ReadConfig().Version);

        static string Metrics(string run) =>
            Regex.Replace(File.ReadAllText(Path.Combine(run, "metrics.jsonl")), "\"(images_per_s|seconds)\":[^,}]*", "");
    }

    [Fact]
    public void The_sums_and_moments_of_version_1_are_not_passed_over()
    {
        var (whole, old) = (folder.At("whole"), folder.At("old"));
        Run("train", "--run", whole, "--steps", "8");
        Run("train", "--run", old, "--steps", "8");
        MakeVersion1(old, bytes => bytes[0] ^= 1);
        Resume(old);

        // A bit of each has changed, so the run ends in other bits.
        Assert.NotEqual(Tensors(whole), Tensors(old));
    }

    /// <summary>Rewrites a run's files as version 1 had them.</summary>
    private static void MakeVersion1(string run, Action<byte[]>? changeMoments = null)
    {
        // Step 5 lies between two lines of metrics, so that their sums count.
        File.WriteAllText(Path.Combine(run, "config.json"), Config);
        File.Delete(Path.Combine(run, "checkpoints", "step-00000008.safetensors"));
        var path = Path.Combine(run, "checkpoints", "step-00000005.safetensors");
        List<TensorData> tensors = [];
        Dictionary<string, string> metadata;
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var entry in file.Entries)
            {
                var bytes = new byte[entry.ByteLength];
                file.ReadBytes(entry.Name, 0, bytes);
                if (entry.Name.StartsWith("train/adam.m.", StringComparison.Ordinal))
                {
                    changeMoments?.Invoke(bytes);
                }

                tensors.Add(TensorData.OfBytes(entry.Name.Replace("train/", "", StringComparison.Ordinal), entry.Type,
                    entry.Shape, bytes));
            }

            Assert.Contains(tensors, tensor => tensor.Name == "adam.v._pre_vq_conv.weight");
            Assert.Contains(tensors, tensor => tensor.Name == "metrics.counts");
            metadata = file.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
            metadata["config"] = Config;
        }

        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, tensors, metadata, digest: true));
    }

    private static string Tensors(string run)
    {
        using var file = SafetensorsFile.Open(Path.Combine(run, "checkpoints", "step-00000008.safetensors"));
        return Convert.ToHexString(file.HashTensors());
    }

    /// <summary>Trains with the options of <see cref="Config"/>, as they are typed today.</summary>
    private static void Run(string command, params string[] arguments) => Invoke(command == "train"
        ?
        [
            command, "--accelerator", "cpu", "--batch", "4", "--lr", "0.001", "--hidden", "8", "--residual-hidden", "4", "--init",
            "torch",
            "--residual-skip", "rectified", "--codes", "16", "--code-dim", "4", "--commitment", "0.5", "--decay", "0.9", "--seed",
            "3",
            "--log-every", "2", "--checkpoint-every", "5", "--sample-every", "0", .. arguments,
        ]
        : [command, .. arguments]);

    private static void Resume(string run) => Invoke(["train", "--run", run, "--resume", "latest", "--steps", "8"]);

    private static void Invoke(string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        Assert.Equal((0, ""), (CommandLine.Run(arguments, console, errors), errors.ToString()));
    }
}
