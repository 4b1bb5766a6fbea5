using System.CommandLine;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>decode</c>: a file of code indices or latent numbers back to images: to a picture, one as itself, several as a
/// grid; or each to a file of its own name.</summary>
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
        (output.Required, output.Description) = (false, output.Description + "; --folder when not given");
        var folder = new Option<string?>("--folder")
        {
            Description = "a new folder for all images as .png files, under the names that encode found, else numbers; "
                + "--output when not given",
            HelpName = "folder",
        };
        var first = CommonOptions.Whole("--first", "the first image to decode, from 0", 0);
        var tile = CommonOptions.Tile();
        var accelerator = CommonOptions.Accelerator();
        var trace = CommonOptions.Trace();
        var command = new Command("decode", "Turns a file that encode wrote back into images.")
        {
            run, checkpoint, input, output, folder, first, tile, accelerator, trace,
        };
        command.SetAction(parsed =>
        {
            var (picture, files) = (parsed.GetValue<string?>(output.Name), parsed.GetValue(folder));
            CheckTarget(picture, files);
            var traced = CommonOptions.TraceOf(parsed, trace);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var timeline = CommandTimeline.Of(device, traced, "decode");
            var path = parsed.GetValue(input)!;
            using var codes = device.InJob("open the codes", () => CodeStore.Open(path));
            using var trained = device.InJob("read the model", () => WorkProgress.Wait(
                console, "reading the model", () => parsed.GetValue(checkpoint) is { } which
                    ? TrainedModel.Load(device, parsed.GetValue(run)!, which, console.WriteWhole)
                    : TrainedModel.LoadToDecode(device, parsed.GetValue(run)!, codes.Header, path, console.WriteWhole)));
            codes.CheckModel(path, trained.Hash, trained.Model);
            var side = CommonOptions.TileOf(parsed, tile, trained.Model);
            CommonOptions.CheckRoom(trained.Model, codes.Header.Height, codes.Header.Width, side);
            var start = CheckFirst(parsed.GetValue(first), codes.Header.Images);
            var remap = codes.RemapFor(path, trained.Model);
            var pass = new ImagePass(trained.Model, codes.Header.Height, codes.Header.Width, side);
            var drawn = picture is not null
                ? Draw(console, device, pass, codes, remap, start, picture)
                : Save(console, device, pass, codes, remap, start, DecodedFiles.In(files!, path, codes));
            console.WriteWhole($"wrote {picture ?? files}: {drawn} of {codes.Header.Images} images");
            timeline?.Write(console.WriteWhole);
            return 0;
        });
        return command;
    }

    /// <exception cref="RunException">There is not one place to write to, or nothing can be written there.</exception>
    private static void CheckTarget(string? picture, string? folder)
    {
        if ((picture is null) == (folder is null))
        {
            throw new RunException(
                "--output", "a picture to write, or --folder for a file of each image", picture is null ? "none" : "both",
                $"See: {ProgramName.Hint("decode", "--help")}");
        }

        if (picture is not null)
        {
            OutputFile.CheckPicture("--output", picture);
        }
    }

    private static int CheckFirst(int first, int images) => first >= 0 && first < images
        ? first
        : throw new RunException("--first", $"an image from 0 to {images - 1}", $"{first}", "Give another value.");

    /// <summary>As many images from one on as a picture shows: how many.</summary>
    private static int Draw(
        IAnsiConsole console, Device device, ImagePass pass, CodeStore codes, CodeRemap? remap, int first, string output)
    {
        var header = codes.Header;
        var (c, h, w) = (header.Channels, header.Height, header.Width);
        var count = Math.Min(Math.Min(GridImages, GridPicture.Capacity(h, w)), header.Images - first);
        var values = WorkProgress.Show(console, "images", count, advance =>
        {
            advance(0);
            var all = new float[(long)count * c * h * w];
            foreach (var (start, images) in Decode(pass, codes, remap, first, count))
            {
                images.CopyTo(all.AsSpan((start - first) * c * h * w));
                advance(start - first + images.Length / (c * h * w));
            }

            return all;
        });

        using var job = device.BeginJob(DeviceJobs.WritingPicture);
        PictureFile.Save(
            output, header.Images == 1 ? ImageGrid.Single(values, (c, h, w)) : GridPicture.Plain(values, (count, c, h, w)));
        return count;
    }

    /// <summary>All images from one on, each to its file: how many.</summary>
    private static int Save(
        IAnsiConsole console, Device device, ImagePass pass, CodeStore codes, CodeRemap? remap, int first, DecodedFiles files)
    {
        var (shape, count) = ((codes.Header.Channels, codes.Header.Height, codes.Header.Width), codes.Header.Images - first);
        var length = shape.Channels * shape.Height * shape.Width;
        return WorkProgress.Show(console, "images", count, advance =>
        {
            advance(0);
            foreach (var (start, images) in Decode(pass, codes, remap, first, count))
            {
                using var job = device.BeginJob("write pictures");
                for (var i = 0; i < images.Length / length; i++)
                {
                    files.Save(start + i, ImageGrid.Single(images.AsSpan(i * length, length), shape));
                    advance(start + i + 1 - first);
                }
            }

            return count;
        });
    }

    /// <summary>Images (B, C, H, W) in [0, 1] from one on, as many at once as fit, each time with the number of the
    /// first.</summary>
    private static IEnumerable<(int First, float[] Images)> Decode(
        ImagePass pass, CodeStore codes, CodeRemap? remap, int first, int count)
    {
        var atOnce = pass.AtOnce(Math.Min(count, GridImages));
        for (var done = 0; done < count; done += atOnce)
        {
            var images = Math.Min(atOnce, count - done);
            Array[] grids = [.. codes.Header.Layouts.Select((_, grid) => codes.ReadImages(grid, first + done, images))];
            if (remap is not null)
            {
                remap.ToAll((int[])grids[0]);
            }

            var values = pass.Decode(grids);
            PixelScale.ToUnit(values, values);
            yield return (first + done, values);
        }
    }
}
