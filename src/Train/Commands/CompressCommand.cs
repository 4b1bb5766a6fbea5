using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>compress</c>: an image to a small file, by a model's codes and a prior of them.</summary>
internal static class CompressCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the prior's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var input = new Option<string>("--input")
        {
            Description = "an image file, of any size",
            HelpName = "file",
            Required = true,
        };
        var output = new Option<string>("--output")
        {
            Description = "the file to write",
            HelpName = "file",
            Required = true,
        };
        var classes = ClassOption.Create(
            "the class of the image", "when not given, all are tried and the one of the fewest bits taken");
        var accelerator = CommonOptions.Accelerator();
        var json = CommonOptions.Json();
        var command = new Command(
            "compress", "Writes an image as a small file of codes, which a prior makes short. Images larger than those of the "
                + "prior go in tiles.")
        {
            run, checkpoint, input, output, classes, accelerator, json,
        };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetValue(input)!, parsed.GetValue(output)!);
            OutputFile.Check(output.Name, to);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            using var reproducible = Device.Open("cpu", new DeviceOptions(Reproducible: true));
            var bar = parsed.GetValue(json) ? null : console;
            using var trained = WorkProgress.Wait(bar, "reading the prior", () => TrainedPrior.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole, reproducible));
            var label = ClassOption.LabelOf(trained, parsed.GetValue(classes));
            var image = DataSets.OpenFile(from, trained.Trained.Model.Options.Channels);
            var (file, result) = WorkProgress.Show(bar, "%", 100, advance =>
            {
                var codec = new ImageCodec(trained, part => advance((long)(100 * part)));
                codec.CheckSize(image.Height, image.Width, from);
                var pixels = new float[image.ImageLength];
                image.ReadBatch([0], pixels, new int[1]);
                return CompressionResult.Of(codec, pixels, (image.Channels, image.Height, image.Width), label);
            });
            file.Write(to);
            console.WriteWhole(parsed.GetValue(json)
                ? JsonSerializer.Serialize(result, CompressionJson.Default.CompressionResult)
                : Line(to, result));
            return 0;
        });
        return command;
    }

    private static string Line(string path, CompressionResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"wrote {path}: {result.Bytes} bytes, {result.BitsPerPixel:F3} bits per pixel; {result.Codes} codes of "
            + $"{result.PriorBits:F1} bits by the prior{(result.Class is { } its ? $" with class {its}" : "")}, "
            + $"{result.Tiles} {(result.Tiles == 1 ? "tile" : "tiles")}; PSNR {result.Psnr:F2} dB");
}
