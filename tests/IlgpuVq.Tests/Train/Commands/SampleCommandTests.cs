using System.Globalization;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Reporting;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What <c>sample</c> draws: classes, completions, and neighbours.</summary>
[Collection(nameof(SampleRuns))]
public sealed class SampleCommandTests(SampleRuns runs)
{
    private const int Scale = 6, Header = 15;

    private static readonly (int, int) Size = (SampleRuns.Width, SampleRuns.Height);

    [Fact]
    public void Each_class_has_a_column_under_its_name()
    {
        var (all, one) = (runs.At("all.png"), runs.At("one.png"));
        var output = Sample(runs.ByClass, all, "--count", "7", "--seed", "3");
        Assert.Contains("classes in turn: cats, dogs, eels", output, StringComparison.Ordinal);
        Assert.Equal(Scale * (3 * (SampleRuns.Width + 2) + 2), ImageFile.Load(all).Width);
        var cells = Cells(all, columns: 3, count: 7);
        var classes = new byte[3][][];
        for (var label = 0; label < 3; label++)
        {
            // An image is a function of seed, number and class: that of its column is as one of seven of the class.
            output = Sample(runs.ByClass, one, "--count", "7", "--seed", "3", "--class", label == 1 ? "dogs" : $"{label}");
            Assert.DoesNotContain("classes", output, StringComparison.Ordinal);
            var own = classes[label] = SampleRuns.Cells(one, columns: 7, count: 7, Scale, Size, header: 0);
            for (var i = label; i < 7; i += 3)
            {
                Assert.Equal(own[i], cells[i]);
            }
        }

        Assert.NotEqual(classes[0], classes[1]);
        Assert.NotEqual(classes[1], classes[2]);
        output = Sample(runs.ByClass, all);
        Assert.Contains("24 images", output, StringComparison.Ordinal); // eight rows
        Assert.Contains("40 images", Sample(runs.Masks, all), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_a_set_are_completed_each_in_a_row()
    {
        var path = runs.At("completed.png");
        var output = Sample(
            runs.ByClass, path, "--from-image", runs.Data, "--keep", "top:0.7", "--count", "3", "--images", "2", "--seed", "5");
        Assert.Contains("2 of 6 images, each with what is kept of it and 3 completions", output, StringComparison.Ordinal);
        var cells = Cells(path, columns: 5, count: 10);
        var data = Path.Combine(runs.Data, "test", "cats");
        Assert.Equal(ImageFile.Load(Path.Combine(data, "0.png")).Pixels, cells[0]);
        Assert.Equal(ImageFile.Load(Path.Combine(data, "3.png")).Pixels, cells[5]);
        Assert.NotEqual(cells[1], cells[6]);
        Assert.NotEqual(cells[2], cells[3]);

        // Eight of twelve rows are pixels of kept codes, two rows of three; the rest is grey.
        var perRow = 3 * SampleRuns.Width;
        Assert.All(cells[1][(8 * perRow)..], value => Assert.Equal(128, value));
        Assert.Contains(cells[1][..(8 * perRow)], value => value != 128);

        var again = runs.At("again.png");
        Sample(runs.ByClass, again, "--from-image", runs.Data, "--keep", "0.7", "--count", "3", "--images", "2", "--seed", "5");
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
    }

    [Theory]
    [InlineData("left")]
    [InlineData("outside:4,4,8,4")]
    [InlineData("box:4,0,4,8")]
    public void A_prior_of_masks_completes_any_part(string part) => Assert.Contains(
        "1 of 1 images, each with what is kept of it and 6 completions",
        Sample(runs.Masks, runs.At("masked.png"), "--from-image", runs.Image(0), "--keep", part), StringComparison.Ordinal);

    [Fact]
    public void A_prior_of_two_grids_completes_rows_of_both() => Assert.Contains(
        "1 of 1 images",
        Sample(runs.Grids, runs.At("both.png"), "--from-image", runs.Image(0), "--resize", "16x8"), StringComparison.Ordinal);

    [Fact]
    public void Neighbours_are_training_images_in_the_order_of_their_distance()
    {
        var path = runs.At("near.png");
        var output = Sample(runs.ByClass, path, "--neighbours", "3", "--count", "4", "--seed", "2");
        Assert.Contains($"4 images, each left of the 3 nearest of {SampleRuns.TrainImages} of", output, StringComparison.Ordinal);
        var cells = Cells(path, columns: 4, count: 16);
        var set = DataSets.Open(runs.Data, new DataSetOptions { Split = DataSets.Train });
        var images = Enumerable.Range(0, set.Count)
            .Select(i => (Name: set.ImageName(i)!, ImageFile.Load(Path.Combine(runs.Data, "train", set.ImageName(i)!)).Pixels))
            .ToArray();
        for (var i = 0; i < 4; i++)
        {
            var line = Regex.Match(output, $@"image {i + 1}, (\w+): (.*)");
            Assert.Equal(SampleRuns.Classes[i % 3], line.Groups[1].Value);
            var told = Regex.Matches(line.Groups[2].Value, @"([\d.]+) to (\S+) \((\w+)\)").ToArray();
            var nearest = images.Select(image => (image.Name, image.Pixels, Distance: Distance(cells[4 * i], image.Pixels)))
                .OrderBy(image => image.Distance).Take(3).ToArray();
            Assert.Equal(nearest.Select(image => image.Name), told.Select(each => each.Groups[2].Value));
            Assert.All(nearest.Zip(told), pair => Assert.Equal(
                pair.First.Distance, double.Parse(pair.Second.Groups[1].Value, CultureInfo.InvariantCulture), 6e-4));
            Assert.All(told, each => Assert.StartsWith(
                $"{each.Groups[3].Value}/", each.Groups[2].Value, StringComparison.Ordinal));
            Assert.Equal(nearest.Select(image => image.Pixels), cells[(4 * i + 1)..(4 * i + 4)]);
        }

        Assert.Matches(@"nearest: [\d.]+ to [\d.]+, median [\d.]+; a copy of their codes would be as near as", output);
        Sample(runs.Grids, path, "--neighbours", "20");
    }

    [Fact]
    public void Neighbours_are_of_the_images_that_were_learnt_wherever_they_are()
    {
        var moved = runs.At("moved");
        foreach (var file in Directory.GetFiles(runs.Data, "*.png", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(moved, Path.GetRelativePath(runs.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var path = runs.At("near-moved.png");
        Sample(runs.Masks, path, "--neighbours", "1", "--count", "2", "--data", moved);
        ImageFolderTests.Noise(Path.Combine(moved, "train", "cats", "0.png"), SampleRuns.Width, SampleRuns.Height, 3, seed: 7);
        Fails(
            $"{moved}: expected the images whose codes the prior learnt; got others. Name their place with --data or ",
            runs.Masks, "--neighbours", "1", "--data", moved);
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        var image = runs.Image(0);
        Fails("--count: expected a whole number of at least 1; got 0.", runs.Masks, "--count", "0");
        Fails("--count: expected at most ", runs.Masks, "--count", "9999");
        Fails("--class: expected a whole number from 0 to 2; got 'dog'. Did you mean dogs?", runs.ByClass, "--class", "dog");
        Fails("--class: expected none, for the prior knows no classes; got cats.", runs.Masks, "--class", "cats");
        Fails(
            "--keep: expected top or a part F of the rows, for a prior that draws row by row; got left. Keep rows from "
                + "the top, or learn a prior that completes any part: train-prior --prior maskgit.",
            runs.ByClass, "--from-image", image, "--keep", "left", "--class", "0");
        Fails(
            "--keep: expected a part with a whole place of a code in it; got top:0.1. A code of codes stands for 4×4 pixels.",
            runs.Masks, "--from-image", image, "--keep", "top:0.1");
        Fails(
            "--keep: expected a part that leaves some codes to draw; got box:0,0,16,12. A code of ",
            runs.Masks, "--from-image", image, "--keep", "box:0,0,16,12");
        Fails("--keep: expected --from-image beside it; got left.", runs.Masks, "--keep", "left");
        Fails("--images: expected --from-image beside it; got 3.", runs.Masks, "--images", "3");
        Fails("--resize: expected --from-image beside it; got 8x8.", runs.Masks, "--resize", "8x8");
        Fails("--strict: expected --from-image beside it; got none.", runs.Masks, "--strict");
        Fails("--images: expected at most ", runs.Masks, "--from-image", runs.Data, "--images", "999");
        Fails("--class: expected the class of the images, from 0 to 2, for ", runs.ByClass, "--from-image", image);
        Fails(
            $"{image}: expected images of 16×8 pixels, as the prior was trained on; got 16×12. Scale them with --resize 16x8.",
            runs.Grids, "--from-image", image);
        Fails("--from-image: expected shapes, mnist, ", runs.Masks, "--from-image", runs.At("nowhere.png"));
        Fails("--neighbours: expected a whole number of at least 1; got 0.", runs.Masks, "--neighbours", "0");
        Fails($"--neighbours: expected at most {GridPicture.MostColumns(16) - 1}, ", runs.Masks, "--neighbours", "99");
        Fails(
            "--neighbours: expected images that are drawn anew; got --from-image beside it.",
            runs.Masks, "--neighbours", "1", "--from-image", image);
        Fails("--data: expected --neighbours beside it; got x.", runs.Masks, "--data", "x");
        Fails("--run: expected the run of a prior; got ", runs.Model, "--from-image", image);
        Assert.False(File.Exists(runs.At("refused.png")));
    }

    private static double Distance(byte[] a, byte[] b) =>
        Math.Sqrt(a.Zip(b).Sum(pair => Math.Pow((pair.First - pair.Second) / 255.0, 2)));

    private static byte[][] Cells(string path, int columns, int count) =>
        SampleRuns.Cells(path, columns, count, Scale, Size, Header);

    private static string Sample(string run, string output, params string[] options) =>
        SampleRuns.Succeed(["sample", "--run", run, "--output", output, "--accelerator", "cpu", .. options]);

    private void Fails(string message, string run, params string[] options) => AssertFails(
        message, ["sample", "--run", run, "--output", runs.At("refused.png"), "--accelerator", "cpu", .. options]);
}
