using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Commands;

/// <summary><c>sample --from-image</c>: images, what is kept of them, and what the prior makes of that, in a row each.</summary>
internal sealed class SampleCompletion
{
    private const string From = "--from-image";
    private const int DefaultCount = 6, DefaultImages = 8;

    private readonly ImageInput input = new(new Option<string?>(From)
    {
        Description = "images that the prior completes: a file, a folder or a data set; of their size, or brought to it with "
            + "--resize; draw anew when not given",
        HelpName = "file|folder|set",
    });
    private readonly Option<string?> keep = new Option<string?>("--keep")
    {
        Description = $"the part of --from-image whose codes are kept: {KeptPart.Rule}; top when not given. Priors that draw row "
            + "by row, all but maskgit, keep rows from the top only",
        HelpName = "part",
    }.Completes("top", "bottom", "left", "right", "box:", "outside:");
    private readonly Option<int?> images = new("--images")
    {
        Description = $"how many images of --from-image, from the first on; {DefaultImages} at the most when not given",
        HelpName = "n",
    };

    public void AddTo(Command command)
    {
        input.AddTo(command);
        command.Options.Add(keep);
        command.Options.Add(images);
    }

    /// <summary>Whether images were named.</summary>
    public bool IsAsked(ParseResult parsed) => input.IsGiven(parsed);

    /// <inheritdoc cref="ImageInput.RootOf"/>
    public string? RootOf(ParseResult parsed) => input.RootOf(parsed);

    /// <exception cref="RunException">An option stands without images to complete.</exception>
    public void Check(ParseResult parsed)
    {
        if (parsed.GetValue(images) is < 1 and var few)
        {
            throw new RunException(images.Name, "a whole number of at least 1", $"{few}", "Give another value.");
        }

        if (IsAsked(parsed))
        {
            return;
        }

        foreach (var option in (Option[])[keep, images, .. input.Reading])
        {
            if (parsed.GetResult(option) is { Implicit: false } typed)
            {
                throw new RunException(
                    option.Name, $"{From} beside it", typed.Tokens is [var text, ..] ? text.Value : "none",
                    $"Name images with {From}.");
            }
        }
    }

    /// <summary>The picture, and what is said of it.</summary>
    /// <exception cref="RunException">What was typed does not fit the prior.</exception>
    /// <exception cref="DataException">The images are not there, or of another size.</exception>
    public (DecodedImage Picture, string[] Lines) Draw(ParseResult parsed, SampleSettings sampling)
    {
        var (trained, size) = (sampling.Trained, sampling.Trained.Size);
        var rows = GridPicture.MostRows(size.Height, size.Width);
        var part = KeptPart.Parse(keep.Name, parsed.GetValue(keep) ?? "top", size);
        var completion = new Completion(trained.Prior, trained.Trained.Model, part, keep.Name);
        var times = sampling.Count ?? Math.Min(DefaultCount, GridPicture.MostColumns(size.Width) - 2);
        sampling.CheckCount(times, GridPicture.MostColumns(size.Width) - 2);
        var most = parsed.GetValue(images) ?? Math.Min(DefaultImages, rows);
        if (most > rows)
        {
            throw new RunException(images.Name, $"at most {rows}, as many rows as a picture has", $"{most}", "Take fewer.");
        }

        var device = trained.Prior.Device;
        var data = device.InJob(
            DeviceJobs.OpeningImages, () => input.Open(parsed, trained.Config.Data, most, sampling.Console));
        CheckSize(data, size);
        var count = Math.Min(data.Count, most);
        var (pixels, labels) = (new float[count * data.ImageLength], new int[count]);
        using (device.BeginReading(0, count))
        {
            data.ReadBatch([.. Enumerable.Range(0, count)], pixels, labels);
        }

        var drawn = sampling.Draw(
            new PriorDrawing(count * times), how => completion.Draw(pixels, times, LabelsOf(sampling, data, labels), how));
        string[] columns = ["original", "kept", .. Enumerable.Range(1, times).Select(i => $"completion {i}")];
        return (
            GridPicture.Labelled(
                PriorSamples.ToUnit(drawn), (count * columns.Length, data.Channels, size.Height, size.Width), columns),
            [$"{count} of {data.Count} images, each with what is kept of it and {times} completions"]);
    }

    /// <summary>The class that was typed, or those of the images where they have the prior's classes.</summary>
    private static int[]? LabelsOf(SampleSettings sampling, ImageDataSet data, int[] labels)
    {
        var trained = sampling.Trained;
        if (trained.Prior.Classes == 0)
        {
            return null;
        }

        return sampling.Class is { } label ? [.. labels.Select(_ => label)]
            : data.ClassNames.SequenceEqual(trained.ClassNames) ? labels
            : throw new RunException(
                "--class", $"the class of the images, from 0 to {trained.Prior.Classes - 1}, for {data.Name} has not the prior's",
                "none", "Name it by its number.");
    }

    private static void CheckSize(ImageDataSet data, (int Height, int Width) size)
    {
        if ((data.Height, data.Width) != size)
        {
            throw DataException.Expected(
                data.Name, $"images of {size.Width}×{size.Height} pixels, as the prior was trained on",
                $"{data.Width}×{data.Height}", $"Scale them with --resize {size.Width}x{size.Height}.");
        }
    }
}
