using System.CommandLine;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>decode</c>: a file of code indices back to images, one as itself, several as a grid.</summary>
internal static class DecodeCommand
{
    /// <summary>Images that a grid shows at the most.</summary>
    private const int GridImages = 64;

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the folder of the run that encoded the file");
        var input = new Option<string>("--input") { Description = "a file that encode wrote", Required = true };
        var output = new Option<string>("--output")
        {
            Description = "the picture to write: .png, .jpg, .bmp, .gif, .webp or .tif",
            Required = true,
        };
        var checkpoint = CommonOptions.Checkpoint("the one that encoded the file");
        var first = new Option<int>("--first") { Description = "the first image to decode, from 0" };
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("decode", "Turns a file of code indices back into images.")
        {
            run, checkpoint, input, output, first, accelerator,
        };
        command.SetAction(parsed =>
        {
            using var device = Device.Open(parsed.GetValue(accelerator)!);
            var path = parsed.GetValue(input)!;
            using var codes = CodeStore.Open(path);
            using var trained = parsed.GetValue(checkpoint) is { } which
                ? TrainedModel.Load(device, parsed.GetValue(run)!, which, console.WriteLine)
                : TrainedModel.LoadToDecode(device, parsed.GetValue(run)!, codes.Header, path, console.WriteLine);
            codes.CheckModel(path, trained.Hash, trained.Model);
            var drawn = Decode(trained, codes, parsed.GetValue(first), parsed.GetValue(output)!);
            console.WriteLine($"wrote {parsed.GetValue(output)}: {drawn} of {codes.Header.Images} images");
            return 0;
        });
        return command;
    }

    private static int Decode(TrainedModel trained, CodeStore codes, int first, string output)
    {
        var header = codes.Header;
        if (first < 0 || first >= header.Images)
        {
            throw new RunException("--first", $"an image from 0 to {header.Images - 1}", $"{first}", "Give another value.");
        }

        var count = Math.Min(GridImages, header.Images - first);
        CodeGrid[] grids =
        [
            .. header.Layouts.Select((layout, grid) => new CodeGrid(
                layout.Name,
                trained.Model.Device.From<int>(
                    [.. Enumerable.Range(first, count).SelectMany(image => codes.ReadImage(grid, image))],
                    [count, layout.Levels, layout.Height, layout.Width]),
                layout.CodebookSizes)),
        ];
        using var images = trained.Model.Decode(grids);
        Array.ForEach(grids, grid => grid.Dispose());
        var values = images.ToArray();
        PixelScale.ToUnit(values, values);
        var (c, h, w) = (header.Channels, header.Height, header.Width);
        PictureFile.Save(
            output, header.Images == 1 ? ImageGrid.Single(values, (c, h, w)) : ImageGrid.Compose(values, (count, c, h, w)));
        return count;
    }
}
