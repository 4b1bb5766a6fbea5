using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>interpolate</c>: a row of images that go from one to another.</summary>
internal static class InterpolateCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the folder of the run of a model, or of a prior");
        var checkpoint = CommonOptions.Checkpoint();
        var (from, to) = (End("--from", "the first image file"), End("--to", "the last one, of the same size"));
        var sizes = new SizeOptions();
        var steps = CommonOptions.Whole("--steps", "images from the first reconstruction to the last", 8);
        var output = CommonOptions.Picture();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command(
            "interpolate", "Draws images between two: latent images are mixed before they are quantized, then decoded.")
        {
            run, checkpoint, from, to, steps,
        };
        sizes.AddSizesTo(command);
        command.Options.Add(output);
        command.Options.Add(accelerator);
        command.SetAction(parsed =>
        {
            OutputFile.CheckPicture(output.Name, parsed.GetValue(output)!);
            CommonOptions.AtLeast(2, steps, parsed);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            using var trained = CommonOptions.LoadModel(console, device, parsed.GetValue(run)!, parsed.GetValue(checkpoint));
            var (first, last) = (Open(from), Open(to));
            CheckSizes(first, last);
            CommonOptions.CheckFits(first, trained.Model);
            var (h, w) = (first.Height, first.Width);
            var count = CommonOptions.Between(2, Math.Max(4, GridPicture.Capacity(h, w)) - 2, steps, parsed);
            var (start, end) = (PixelsOf(first), PixelsOf(last));
            var between = WorkProgress.Show(console, "images", count, advance => Interpolation.Draw(
                trained.Model, start, end, (h, w), count, advance));
            var path = parsed.GetValue(output)!;
            PictureFile.Save(path, Picture([.. start, .. between, .. end], (count + 2, first.Channels, h, w)));
            console.WriteWhole(
                $"wrote {path}: {count} images from the reconstruction of {first.Name} to that of {last.Name}, between the two");
            return 0;

            ImageDataSet Open(Option<string> image)
            {
                var typed = sizes.Apply(parsed, new DataOptions());
                return DataSets.OpenFile(
                    parsed.GetValue(image)!, trained.Config.Data.Channels, typed.ToSetOptions(DataSets.Test, download: false));
            }
        });
        return command;
    }

    private static Option<string> End(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "file",
        Required = true,
    };

    /// <summary>One row under what each is, as long as a picture has room for it; else rows.</summary>
    private static DecodedImage Picture(float[] pixels, (int N, int C, int H, int W) shape)
    {
        PixelScale.ToUnit(pixels, pixels);
        var steps = shape.N - 2;
        return shape.N > GridPicture.MostColumns(shape.W)
            ? GridPicture.Plain(pixels, shape)
            : GridPicture.Labelled(pixels, shape, [
                "first", .. Enumerable.Range(0, steps).Select(i => OptionText.Format(Math.Round(i / (steps - 1.0), 2))), "last",
            ]);
    }

    private static void CheckSizes(ImageDataSet first, ImageDataSet last)
    {
        if ((first.Height, first.Width) != (last.Height, last.Width))
        {
            throw DataException.Expected(
                last.Name, $"an image of {first.Width}×{first.Height} pixels, as {first.Name} has", $"{last.Width}×{last.Height}",
                "Bring both to one size with --resize WxH, or with --resize N and --crop N.");
        }
    }

    private static float[] PixelsOf(ImageDataSet image)
    {
        var pixels = new float[image.ImageLength];
        image.ReadBatch([0], pixels, new int[1]);
        return pixels;
    }
}
