using System.CommandLine;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>decode</c>: a file of code indices or latent numbers back to images, one as itself, several as a grid.</summary>
internal static class DecodeCommand
{
    /// <summary>Images that a grid shows at the most.</summary>
    private const int GridImages = 64;

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the folder of the run that encoded the file");
        var input = new Option<string>("--input")
        {
            Description = "a file that encode wrote",
            HelpName = "file",
            Required = true,
        };
        var checkpoint = CommonOptions.Checkpoint("the one that encoded the file");
        var output = CommonOptions.Picture();
        var first = CommonOptions.Whole("--first", "the first image to decode, from 0", 0);
        var tile = CommonOptions.Tile();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("decode", "Turns a file that encode wrote back into images.")
        {
            run, checkpoint, input, output, first, tile, accelerator,
        };
        command.SetAction(parsed =>
        {
            OutputFile.CheckPicture(output.Name, parsed.GetValue(output)!);
            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            var path = parsed.GetValue(input)!;
            using var codes = CodeStore.Open(path);
            using var trained = parsed.GetValue(checkpoint) is { } which
                ? TrainedModel.Load(device, parsed.GetValue(run)!, which, console.WriteWhole)
                : TrainedModel.LoadToDecode(device, parsed.GetValue(run)!, codes.Header, path, console.WriteWhole);
            codes.CheckModel(path, trained.Hash, trained.Model);
            var side = CommonOptions.TileOf(parsed, tile, trained.Model);
            CommonOptions.CheckRoom(trained.Model, codes.Header.Height, codes.Header.Width, side);
            var remap = codes.RemapFor(path, trained.Model);
            var drawn = Decode(trained, codes, parsed.GetValue(first), parsed.GetValue(output)!, side, remap);
            console.WriteWhole($"wrote {parsed.GetValue(output)}: {drawn} of {codes.Header.Images} images");
            return 0;
        });
        return command;
    }

    private static int Decode(TrainedModel trained, CodeStore codes, int first, string output, int? tile, CodeRemap? remap)
    {
        var header = codes.Header;
        if (first < 0 || first >= header.Images)
        {
            throw new RunException("--first", $"an image from 0 to {header.Images - 1}", $"{first}", "Give another value.");
        }

        var (c, h, w) = (header.Channels, header.Height, header.Width);
        var count = Math.Min(Math.Min(GridImages, GridPicture.Capacity(h, w)), header.Images - first);
        var values = new float[(long)count * c * h * w];
        var pass = new ImagePass(trained.Model, h, w, tile);
        var atOnce = pass.AtOnce(count);
        for (var done = 0; done < count; done += atOnce)
        {
            var images = Math.Min(atOnce, count - done);
            Array[] grids = [.. header.Layouts.Select((_, grid) => codes.ReadImages(grid, first + done, images))];
            if (remap is not null)
            {
                remap.ToAll((int[])grids[0]);
            }

            pass.Decode(grids).CopyTo(values.AsSpan(done * c * h * w));
        }

        PixelScale.ToUnit(values, values);
        PictureFile.Save(
            output, header.Images == 1 ? ImageGrid.Single(values, (c, h, w)) : GridPicture.Plain(values, (count, c, h, w)));
        return count;
    }
}
