using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
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
        var classes = new Option<string?>("--class")
        {
            Description = "the class of the image, by its number from 0, for a prior of labelled images; when not given, all are "
                + "tried and the one of the fewest bits taken",
            HelpName = "n",
        };
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
            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            using var reproducible = Device.Open("cpu", new DeviceOptions(Reproducible: true));
            using var trained = TrainedPrior.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole, reproducible);
            var label = LabelOf(trained.Prior.Classes, parsed.GetValue(classes));
            var image = DataSets.OpenFile(from, trained.Trained.Model.Options.Channels);
            CheckSize(image, from);
            var pixels = new float[image.ImageLength];
            image.ReadBatch([0], pixels, new int[1]);
            var (file, result) = WorkProgress.Show(console, "%", 100, advance => CompressionResult.Of(
                new ImageCodec(trained, part => advance((long)(100 * part))), pixels, (image.Channels, image.Height, image.Width),
                label));
            file.Write(to);
            console.WriteWhole(parsed.GetValue(json)
                ? JsonSerializer.Serialize(result, CompressionJson.Default.CompressionResult)
                : Line(to, result));
            return 0;
        });
        return command;
    }

    private static void CheckSize(ImageDataSet image, string path)
    {
        if ((long)image.Height * image.Width > CompressedHeader.MostPixels)
        {
            throw new RunException(
                path, $"at most {CompressedHeader.MostPixels} pixels", $"{image.Width}×{image.Height}", "Cut it into several.");
        }
    }

    private static int? LabelOf(int classes, string? typed)
    {
        const string option = "--class";
        if (typed is null)
        {
            return null;
        }

        if (classes == 0)
        {
            throw new RunException(option, "none, for the prior knows no classes", typed, "Leave the option out.");
        }

        var label = (int)OptionText.Parse(option, typed, typeof(int));
        return label >= 0 && label < classes
            ? label
            : throw new RunException(option, $"a whole number from 0 to {classes - 1}", typed, "Give another value.");
    }

    private static string Line(string path, CompressionResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"wrote {path}: {result.Bytes} bytes, {result.BitsPerPixel:F3} bits per pixel; {result.Codes} codes of "
            + $"{result.PriorBits:F1} bits by the prior{(result.Class is { } its ? $" with class {its}" : "")}, "
            + $"{result.Tiles} {(result.Tiles == 1 ? "tile" : "tiles")}; PSNR {result.Psnr:F2} dB");
}
