using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>sample --neighbours</c>: each image that the prior draws, and right of it the nearest of those whose codes it
/// learnt: whether samples are copies.</summary>
internal sealed class SampleNeighbours
{
    private const int DefaultCount = 10;

    private readonly Option<int?> neighbours = new("--neighbours")
    {
        Description = "show right of each image so many of the training images that are nearest to it, and tell how far; none "
            + "when not given",
        HelpName = "n",
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "another place of the images whose codes the prior learnt, for --neighbours; the run's when not given",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(neighbours);
        command.Options.Add(data);
    }

    /// <summary>Whether neighbours are to be shown.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(neighbours) is not null;

    /// <exception cref="RunException">What was typed does not go together.</exception>
    public void Check(ParseResult parsed, SampleCompletion completion)
    {
        if (parsed.GetValue(neighbours) is < 1 and var few)
        {
            throw new RunException(neighbours.Name, "a whole number of at least 1", $"{few}", "Give another value.");
        }

        if (IsAsked(parsed) && completion.IsAsked(parsed))
        {
            throw new RunException(
                neighbours.Name, "images that are drawn anew", "--from-image beside it", "Give one of the two.");
        }

        if (!IsAsked(parsed) && parsed.GetValue(data) is { } place)
        {
            throw new RunException(data.Name, $"{neighbours.Name} beside it", place, "Leave the option out.");
        }
    }

    /// <summary>The picture, and what is said of it.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="sampling">What was typed for all pictures.</param>
    /// <param name="root">Where data sets are, if that was typed.</param>
    /// <exception cref="RunException">More are asked for than a picture shows.</exception>
    /// <exception cref="DataException">The images are not there, or are others.</exception>
    public (DecodedImage Picture, string[] Lines) Draw(ParseResult parsed, SampleSettings sampling, string? root)
    {
        var (trained, number) = (sampling.Trained, parsed.GetValue(neighbours)!.Value);
        var (rows, columns) = (
            GridPicture.MostRows(trained.Size.Height, trained.Size.Width), GridPicture.MostColumns(trained.Size.Width));
        if (number > columns - 1)
        {
            throw new RunException(
                neighbours.Name, $"at most {columns - 1}, as many as a picture has room for", $"{number}", "Show fewer.");
        }

        var most = rows * (columns / (number + 1));
        var usual = sampling.Class is null ? Math.Max(trained.Prior.Classes, DefaultCount) : DefaultCount;
        var count = sampling.Count ?? Math.Min(usual, most);
        sampling.CheckCount(count, most);
        var device = trained.Prior.Device;
        var set = device.InJob(
            DeviceJobs.OpeningImages,
            () => OpenData(trained.Config.Data, parsed.GetValue(data), root, sampling.Console));
        var labels = sampling.LabelsOf(count);
        var samples = sampling.Draw(new PriorDrawing(count) { Labels = labels });
        byte[][] queries = [.. Enumerable.Range(0, count).Select(i => BytesOf(samples, i))];
        var nearest = device.InJob("find the nearest images", () => WorkProgress.Show(
            sampling.Console, "images", set.Count, advance => NearestImages.Find(set, queries, number, advance)));
        var groups = (count + rows - 1) / rows;
        var names = labels is null ? null : trained.ClassNames;
        return (Picture(samples, set, nearest, groups), [
            $"{count} images, each left of the {nearest[0].Length} nearest of {set.Count} of {set.Name}; distances of pixels "
                + "from 0 to 1",
            .. nearest.Select((its, i) => $"image {i + 1}{(names is null ? "" : $", {names[labels![i]]}")}: "
                + string.Join(", ", its.Select(image => Line(image, set)))),
            Summary(trained, set, nearest),
        ]);
    }

    /// <summary>The images whose codes the prior learnt, wherever they are now.</summary>
    private static ImageDataSet OpenData(DataOptions learnt, string? name, string? root, IAnsiConsole console)
    {
        var place = learnt with { Name = name ?? learnt.Name, Root = root ?? learnt.Root };
        var set = TrainPriorCommand.OpenTrain(place, download: false, console);
        var isSame = (set.Channels, set.Height, set.Width) == (learnt.Channels, learnt.Height, learnt.Width) &&
            (learnt.Content is null || learnt.Content == DataContent.Digest(set));
        return isSame
            ? set
            : throw DataException.Expected(
                set.Name, "the images whose codes the prior learnt", "others", "Name their place with --data or --data-root.");
    }

    private static DecodedImage Picture(PriorSamples samples, ImageDataSet set, Neighbour[][] nearest, int groups)
    {
        var (length, perGroup) = (set.ImageLength, nearest[0].Length + 1);
        var unit = PriorSamples.ToUnit(samples.Pixels);
        var images = new float[samples.Shape.N * perGroup * length];
        for (var i = 0; i < samples.Shape.N; i++)
        {
            var group = images.AsSpan(i * perGroup * length, perGroup * length);
            unit.AsSpan(i * length, length).CopyTo(group);
            set.ReadBatch([.. nearest[i].Select(image => image.Image)], group[length..], new int[perGroup - 1]);
            PixelScale.ToUnit(group[length..], group[length..]);
        }

        string[] labels = ["sample", .. Enumerable.Range(1, perGroup - 1).Select(i => $"nearest {i}")];
        return GridPicture.Labelled(
            images, (samples.Shape.N * perGroup, set.Channels, set.Height, set.Width),
            [.. Enumerable.Repeat(labels, groups).SelectMany(group => group)]);
    }

    private static string Line(Neighbour image, ImageDataSet set)
    {
        var (label, name) = (set.Label(image.Image), set.ImageName(image.Image) ?? $"#{image.Image}");
        var kind = label >= 0 && label < set.ClassNames.Count ? $" ({set.ClassNames[label]})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{image.Distance:F3} to {name}{kind}");
    }

    /// <summary>How far samples are from the nearest images, beside how far copies of these images' codes would be.</summary>
    private static string Summary(TrainedPrior trained, ImageDataSet set, Neighbour[][] nearest)
    {
        double[] distances = [.. nearest.Select(its => its[0].Distance).Order()];
        double[] copies = [.. nearest.Select(its => ReconstructionDistance(trained, set, its[0].Image)).Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"nearest: {distances[0]:F3} to {distances[^1]:F3}, median {distances[distances.Length / 2]:F3}; a copy of their "
                + $"codes would be as near as their reconstructions, {copies[0]:F3} to {copies[^1]:F3}, median "
                + $"{copies[copies.Length / 2]:F3}");
    }

    private static double ReconstructionDistance(TrainedPrior trained, ImageDataSet set, int image)
    {
        var (pixels, bytes) = (new float[set.ImageLength], new byte[set.ImageLength]);
        set.ReadBatch([image], pixels, new int[1]);
        set.Read(image, bytes);
        var pass = new ImagePass(trained.Trained.Model, set.Height, set.Width);
        var reconstruction = new PriorSamples(pass.Decode(pass.Encode(pixels)), (1, set.Channels, set.Height, set.Width));
        return new Neighbour(image, PixelDistance.Squared(BytesOf(reconstruction, 0), bytes)).Distance;
    }

    /// <summary>An image as the picture shows it, in planes.</summary>
    private static byte[] BytesOf(PriorSamples samples, int image)
    {
        var (_, c, h, w) = samples.Shape;
        var unit = PriorSamples.ToUnit(samples.Pixels.AsSpan(image * c * h * w, c * h * w).ToArray());
        var planes = new byte[unit.Length];
        ImageGrid.Single(unit, (c, h, w)).CopyPlanes(c, planes);
        return planes;
    }
}
