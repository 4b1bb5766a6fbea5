using System.CommandLine;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>decompress</c>: a file that <c>compress</c> wrote, back to an image.</summary>
internal static class DecompressCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the folder of the prior that compressed the file");
        var checkpoint = CommonOptions.Checkpoint("the one that compressed the file");
        var input = new Option<string>("--input")
        {
            Description = "a file that compress wrote",
            HelpName = "file",
            Required = true,
        };
        var output = CommonOptions.Picture();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("decompress", "Turns a file that compress wrote back into an image.")
        {
            run, checkpoint, input, output, accelerator,
        };
        command.SetAction(parsed =>
        {
            var (from, to, folder) = (parsed.GetValue(input)!, parsed.GetValue(output)!, parsed.GetValue(run)!);
            OutputFile.CheckPicture(output.Name, to);
            var file = CompressedFile.Read(from);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            using var reproducible = Device.Open("cpu", new DeviceOptions(Reproducible: true));
            var which = parsed.GetValue(checkpoint) ?? TrainedPrior.Find(folder, file.Header.Model, from, console.WriteWhole);
            using var trained = CommonOptions.LoadPrior(console, device, folder, which, reproducible);
            var (c, h, w) = (file.Header.Channels, file.Header.Height, file.Header.Width);
            var image = WorkProgress.Show(console, "%", 100, advance =>
            {
                var codec = new ImageCodec(trained, part => advance((long)(100 * part)));
                return codec.Decode(codec.TilesOf(c, h, w), codec.Decompress(file, from));
            });
            PixelScale.ToUnit(image, image);
            PictureFile.Save(to, ImageGrid.Single(image, (c, h, w)));
            console.WriteWhole($"wrote {to}: {w}×{h} pixels");
            return 0;
        });
        return command;
    }
}
