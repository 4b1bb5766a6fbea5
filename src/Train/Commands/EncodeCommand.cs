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
    private const int MostImages = 256;

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
            OutputFile.Check(output.Name, parsed.GetValue(output)!);
            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            using var trained = TrainedModel.LoadToEncode(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), parsed.GetValue(output)!,
                console.WriteWhole);
            ImageDataSet data;
            try
            {
                data = input.Open(parsed, trained.Config.Data, int.MaxValue, console.WriteWhole);
                var side = CommonOptions.TileOf(parsed, tile, trained.Model);
                CommonOptions.CheckFits(data, trained.Model, side);
                Encode(trained, data, parsed.GetValue(output)!, side);
            }
            catch
            {
                trained.ReleaseCheckpoint();
                throw;
            }

            var bytes = new FileInfo(parsed.GetValue(output)!).Length;
            console.WriteWhole(
                $"wrote {parsed.GetValue(output)}: {data.Count} images in {bytes} bytes, {(long)data.Count * data.ImageLength} "
                    + "as raw pixels");
            return 0;
        });
        return command;
    }

    private static void Encode(TrainedModel trained, ImageDataSet data, string path, int? tile)
    {
        var pass = new ImagePass(trained.Model, data.Height, data.Width, tile);
        var header = new CodeStoreHeader(data.Count, data.Channels, data.Height, data.Width, trained.Hash, pass.Layouts)
        {
            Checkpoint = trained.Checkpoint.Path,
            Step = trained.Checkpoint.Step,
        };
        CodeStore.Write(path, header, Batches(pass, data));
    }

    private static IEnumerable<Array[]> Batches(ImagePass pass, ImageDataSet data)
    {
        var batch = pass.AtOnce(MostImages);
        for (var first = 0; first < data.Count; first += batch)
        {
            var count = Math.Min(batch, data.Count - first);
            var images = new float[(long)count * data.ImageLength];
            data.ReadBatch([.. Enumerable.Range(first, count)], images, new int[count]);
            yield return pass.Encode(images);
        }
    }
}
