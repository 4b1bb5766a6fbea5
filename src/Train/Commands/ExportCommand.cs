using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>export</c>: a run's weights as the program that its family comes from loads them.</summary>
internal static class ExportCommand
{
    private static readonly string[] TorchEndings = [".pt", ".pth", ".bin"];

    private const string SafetensorsEnding = ".safetensors";

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var output = new Option<string>("--output")
        {
            Description = $"the file to write: {SafetensorsEnding}, or {string.Join(", ", TorchEndings)} for PyTorch",
            HelpName = "file",
            Required = true,
        };
        var command = new Command("export", "Writes a run's weights for the program that its model comes from.")
        {
            run, checkpoint, output,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            var isTorch = IsTorch(output.Name, path);
            OutputFile.Check(output.Name, path);
            using var device = CommonOptions.OpenDevice("cpu");
            using var trained = TrainedModel.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole);
            using var source = trained.Model.ToSource();
            var tensors = StateDictionary.ToFile(source.Tensors);
            AtomicFile.Write(path, stream =>
            {
                if (isTorch)
                {
                    TorchWriter.Write(stream, tensors);
                }
                else
                {
                    SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string> { ["format"] = "pt" });
                }
            });
            console.WriteWhole(
                $"wrote {path}: {source.Tensors.Count} tensors of {trained.Config.Model.Family}, step {trained.Checkpoint.Step}");
            return 0;
        });
        return command;
    }

    private static bool IsTorch(string option, string path)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        return TorchEndings.Contains(ending) || (ending == SafetensorsEnding ? false : throw new RunException(
            option, $"a name that ends in {SafetensorsEnding}, {string.Join(", ", TorchEndings)}",
            path, "Choose another name."));
    }
}
