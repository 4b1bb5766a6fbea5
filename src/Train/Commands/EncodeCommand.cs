using System.CommandLine;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>encode</c>: images to a small file of code indices, or of latent numbers of a model without codes.</summary>
internal static class EncodeCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var input = new ImageInput();
        var output = new Option<string>("--output")
        {
            Description = "the file of codes to write",
            HelpName = "file",
            Required = true,
        };
        var accelerator = CommonOptions.Accelerator();
        var command = new Command(
            "encode", "Turns images into a small file of code indices, or of latent numbers where the model has no codes.")
        {
            run, checkpoint,
        };
        input.AddTo(command);
        command.Options.Add(output);
        var tile = CommonOptions.Tile();
        command.Options.Add(tile);
        command.Options.Add(accelerator);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            OutputFile.Check(output.Name, path);
            OutputFile.CheckKind(output.Name, PartialCodes.PathOf(path));
            using var signals = new StopSignals();
            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            using var trained = TrainedModel.LoadToEncode(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), path, console.WriteWhole);
            ImageDataSet data;
            try
            {
                data = input.Open(parsed, trained.Config.Data, int.MaxValue, console.WriteWhole);
                var side = CommonOptions.TileOf(parsed, tile, trained.Model);
                CommonOptions.CheckFits(data, trained.Model, side);
                signals.Arm();
                if (!WorkProgress.Show(console, "images", data.Count, advance => DataSetCodes.Write(
                    trained, data, path, console.WriteWhole, advance, side, signals.Token)))
                {
                    console.WriteWhole($"stopped: the same command goes on with {PartialCodes.PathOf(path)}");
                    return signals.ExitCode;
                }
            }
            catch when (!DataSetCodes.IsBegun(path))
            {
                trained.ReleaseCheckpoint();
                throw;
            }

            var bytes = new FileInfo(path).Length;
            console.WriteWhole(
                $"wrote {path}: {data.Count} images in {bytes} bytes, {(long)data.Count * data.ImageLength} as raw pixels");
            return 0;
        });
        return command;
    }
}
