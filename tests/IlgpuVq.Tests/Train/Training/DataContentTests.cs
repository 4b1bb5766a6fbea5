using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class DataContentTests
{
    private const int Count = 40, Length = 3 * 4 * 4;

    private static readonly byte[] Pixels = [.. Enumerable.Range(0, Count * Length).Select(i => (byte)((i * 37) ^ (i >> 3)))];

    private static readonly int[] Labels = [.. Enumerable.Range(0, Count).Select(i => i % 2)];

    private static readonly DataOptions Original = Describe("a", Pixels, Labels);

    [Fact]
    public void The_same_images_are_the_same_under_any_name() =>
        DataContent.CheckSame(Original, Describe("another/place", Pixels, Labels));

    [Fact]
    public void A_changed_pixel_a_changed_label_and_two_images_that_change_places_are_other_data()
    {
        var pixel = Pixels.ToArray();
        pixel[^1] ^= 1;
        Refuses(Original, Describe("b", pixel, Labels), "b: expected images and labels of digest ", "got others, ");
        Refuses(Original, Describe("b", Pixels, [.. Labels[..^1], 0]), "images and labels of digest ", "got others, ");
        byte[] swapped = [.. Pixels[Length..(2 * Length)], .. Pixels[..Length], .. Pixels[(2 * Length)..]];
        int[] alike = new int[Count];
        Refuses(Describe("a", Pixels, alike), Describe("b", swapped, alike), "images and labels of digest ", "got others, ");
    }

    [Fact]
    public void A_difference_of_number_or_size_is_named()
    {
        Refuses(Original, Describe("b", Pixels[..^Length], Labels[..^1]), "expected 40 images, as the run",
            "got 39. Name the place");
        Refuses(Original, Original with { Name = "b", Width = 8 }, "expected images of 4×4×3, as the run", "got 8×4×3.");
    }

    [Fact]
    public void Runs_of_earlier_programs_trust_their_own_place_and_compare_the_variance_of_another()
    {
        using var folder = new TemporaryFolder();
        var old = Original with { Name = folder.At("images"), Count = 0, Content = null, Variance = Original.Variance * 0.99 };
        var here = Original with { Name = Path.GetRelativePath(Environment.CurrentDirectory, folder.At("images")) + "/" };
        DataContent.CheckSame(old, here);
        DataContent.CheckSame(old with { Variance = Original.Variance }, Original with { Name = "b" });
        Refuses(old, Original with { Name = "b" }, "expected images of variance 0.0", "got 0.0");
    }

    [Fact]
    public void Images_scaled_or_cut_in_another_way_are_other_data()
    {
        using var folder = new TemporaryFolder();
        for (byte i = 0; i < 3; i++)
        {
            var pixels = Enumerable.Range(0, 9 * 12).Select(at => (byte)(at * (i + 2)));
            ImageFile.Save(folder.At($"{i}.png"), new DecodedImage(12, 9, 1, [.. pixels]));
        }

        var (scaled, cut, both) = (Opened("4x4", null), Opened(null, "4"), Opened("8", "4"));
        DataContent.CheckSame(scaled, Opened("4x4", null));
        Assert.Equal((4, 4, 3), (scaled.Width, scaled.Height, scaled.Count));
        Refuses(scaled, cut, "images and labels of digest ");
        Refuses(scaled, both, "images and labels of digest ");
        Refuses(cut, both, "images and labels of digest ");
        Refuses(cut, Opened(null, "4x5"), "expected images of 4×4×1", "got 4×5×1");

        DataOptions Opened(string? resize, string? crop)
        {
            var options = new DataOptions { Name = folder.Path, Resize = resize, Crop = crop };
            return DataContent.Describe(options, DataSets.Open(folder.Path, options.ToSetOptions("train", download: false)));
        }
    }

    private static void Refuses(DataOptions previous, DataOptions now, params string[] parts)
    {
        var message = Assert.Throws<DataException>(() => DataContent.CheckSame(previous, now)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static DataOptions Describe(string name, byte[] pixels, int[] labels) => DataContent.Describe(
        new DataOptions { Name = name },
        new MemoryDataSet(name, DataSets.Train, (3, 4, 4), ["even", "odd"], pixels, labels));
}
