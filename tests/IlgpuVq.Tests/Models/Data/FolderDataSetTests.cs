using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class FolderDataSetTests
{
    private static readonly DataSetOptions Options = new();

    [Fact]
    public void Sub_folders_are_classes_in_the_order_of_their_names()
    {
        using var folder = new TemporaryFolder();
        Image(folder, "dog/1.png", 2, 1, 10);
        Image(folder, "cat/deep/er.png", 2, 1, 20);
        Image(folder, "cat/a.png", 2, 1, 30);
        folder.Write(".hidden/no-image", [1]);
        folder.Write("cat/.DS_Store", [1]);
        var data = DataSets.Open(folder.Path, Options);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal((3, 1, 1, 2), (data.Count, data.Channels, data.Height, data.Width));
        Assert.Equal([(0, 30), (0, 20), (1, 10)], Enumerable.Range(0, 3).Select(i => (data.Label(i), (int)Read(data, i)[0])));
    }

    [Fact]
    public void Images_are_called_by_their_path_below_the_split()
    {
        using var folder = new TemporaryFolder();
        Image(folder, "train/dog/1.png", 2, 1, 10);
        Image(folder, "train/cat/deep/er ü.png", 2, 1, 20);
        folder.Write("train/cat/a.png", [1, 2, 3]); // no image, so that places and numbers differ
        var data = DataSets.Open(folder.Path, Options with { Channels = 3, Resize = "4x4" });
        Assert.Equal(["cat/deep/er ü.png", "dog/1.png"], Enumerable.Range(0, data.Count).Select(data.ImageName));
        Assert.Equal("1.png", DataSets.OpenFile(folder.At("train/dog/1.png"), channels: 1).ImageName(0));
        Assert.Null(DataSets.Open(DataSets.Shapes, Options).ImageName(0));
        Assert.Null(DataSets.Open(DataSets.Shapes, Options with { Channels = 1 }).ImageName(7));
    }

    [Fact]
    public void Images_beside_each_other_have_no_class()
    {
        using var folder = new TemporaryFolder();
        Image(folder, "b.png", 1, 1, 2);
        Image(folder, "a.png", 1, 1, 1);
        var data = DataSets.Open(folder.Path, Options);
        Assert.Empty(data.ClassNames);
        Assert.Equal([(-1, 1), (-1, 2)], Enumerable.Range(0, 2).Select(i => (data.Label(i), (int)Read(data, i)[0])));
        Assert.Equal("all", data.Split);
        Assert.Equal([$"{folder.Path} has no folders train and test: all its images are one split, all."], data.Notes);
    }

    [Fact]
    public void Grey_among_colours_is_read_as_colour_and_alpha_is_dropped()
    {
        using var folder = new TemporaryFolder();
        Image(folder, "1.png", 1, 1, 9);
        Image(folder, "2.png", 1, 1, 1, 2, 3);
        Image(folder, "3.png", 1, 1, 4, 5, 6, 0);
        Image(folder, "4.png", 1, 1, 7, 128);
        var data = DataSets.Open(folder.Path, Options);
        Assert.Equal(3, data.Channels);
        Assert.Equal<byte[]>([[9, 9, 9], [1, 2, 3], [4, 5, 6], [7, 7, 7]], Enumerable.Range(0, 4).Select(i => Read(data, i)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1 << 20)]
    public void The_cache_changes_nothing_but_the_work(long cacheBytes)
    {
        using var folder = new TemporaryFolder();
        for (byte i = 0; i < 6; i++)
        {
            Image(folder, $"{i}.png", 2, 1, i);
        }

        var data = DataSets.Open(folder.Path, Options with { CacheBytes = cacheBytes });
        for (var round = 0; round < 2; round++)
        {
            Assert.All(Enumerable.Range(0, 6), i => Assert.Equal([(byte)i, (byte)i], Read(data, i)));
        }

        Directory.Delete(folder.Path, recursive: true);
        var stillThere = Enumerable.Range(0, 6).Count(i => Record.Exception(() => Read(data, i)) is null);
        Directory.CreateDirectory(folder.Path);
        Assert.Equal(Math.Min(6, cacheBytes / 2), stillThere);
    }

    [Fact]
    public void Images_of_different_sizes_are_refused_by_both_names()
    {
        using var folder = new TemporaryFolder();
        var first = Image(folder, "a.png", 2, 3, 1);
        Image(folder, "b.png", 2, 3, 1);
        var other = Image(folder, "c.png", 3, 2, 1);
        AssertRefused(folder.Path, Options, $"{other}: expected 2×3 pixels, the size of {first}; got 3×2.");
    }

    [Fact]
    public void Empty_and_mixed_folders_are_refused()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.Path, Options, folder.Path, "images, or a sub-folder of images for each class; got none.");
        Image(folder, "class/a.png", 1, 1, 1);
        var stray = Image(folder, "stray.png", 1, 1, 1);
        AssertRefused(folder.Path, Options, "images either all in sub-folders or all beside each other", stray);
    }

    [Fact]
    public void An_image_that_is_damaged_behind_its_header_is_refused_when_it_is_read()
    {
        using var folder = new TemporaryFolder();
        var file = Image(folder, "a.png", 9, 9, 1);
        FlipAByte(file);
        var data = DataSets.Open(folder.Path, Options);
        Assert.Contains(file, Assert.Throws<DataException>(() => Read(data, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(file, Assert.Throws<DataException>(() => data.Variance).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_changed_its_size_since_is_refused_when_it_is_read()
    {
        using var folder = new TemporaryFolder();
        var file = Image(folder, "a.png", 2, 2, 1);
        var data = DataSets.Open(folder.Path, Options);
        Image(folder, "a.png", 3, 2, 1);
        var error = Assert.Throws<DataException>(() => Read(data, 0));
        Assert.Contains($"{file}: expected 2×2 pixels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_all_formats_may_lie_beside_each_other()
    {
        using var folder = new TemporaryFolder();
        string[] extensions = [".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"];
        foreach (var extension in extensions)
        {
            ImageFile.Save(folder["a" + extension], new DecodedImage(8, 8, 3, [.. Enumerable.Repeat((byte)100, 192)]));
        }

        var data = DataSets.Open(folder.Path, Options);
        Assert.Equal((extensions.Length, 3, 8, 8), (data.Count, data.Channels, data.Height, data.Width));
        Assert.All(
            Enumerable.Range(0, extensions.Length), i => Assert.All(Read(data, i), value => Assert.InRange(value, 99, 101)));
    }

    [Fact]
    public void An_image_on_its_side_counts_as_it_stands()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.tif", Images.TiffBuilder.Image(2, 3, 1, [8], [3, 6, 2, 5, 1, 4], (Images.TiffBuilder.Orientation, [6])));
        var data = DataSets.Open(folder.Path, Options);
        Assert.Equal((1, 2, 3), (data.Channels, data.Height, data.Width));
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(data, 0));
    }

    [Fact]
    public void JPEG_files_are_images_too()
    {
        var jpeg = DataSets.Open(RealData.Require("imagefolder-cifar10", "jpg"), Options with { Split = "test" });
        var png = DataSets.Open(RealData.Require("imagefolder-cifar10", "png"), Options with { Split = "test" });
        Assert.Equal((png.Count, 3, 32, 32), (jpeg.Count, jpeg.Channels, jpeg.Height, jpeg.Width));
        Assert.Equal(png.ClassNames, jpeg.ClassNames);
    }
}
