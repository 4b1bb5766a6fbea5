using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public sealed class FolderSplitsTests : IDisposable
{
    private static readonly DataSetOptions Options = new();

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_and_test_folders_are_splits()
    {
        Image(folder, "train/x/a.png", 1, 1, 1);
        Image(folder, "train/y/a.png", 1, 1, 2);
        Image(folder, "test/y/a.png", 1, 1, 3);
        Assert.Equal(2, DataSets.Open(folder.Path, Options).Count);
        var test = DataSets.Open(folder.Path, Options with { Split = "test" });
        Assert.Equal([3], Read(test, 0));
        Assert.Equal(["y"], test.ClassNames);
        Assert.Equal("test", test.Split);
        Assert.Empty(test.Notes);
    }

    [Theory]
    [InlineData("train", "train")]
    [InlineData("TRAIN", "train")]
    [InlineData("Test", "test")]
    [InlineData("val", "val")]
    [InlineData("Valid", "val")]
    [InlineData("validation", "val")]
    [InlineData("Extra", "extra")]
    public void A_split_is_found_in_any_case_and_never_a_class(string name, string split)
    {
        Image(folder, $"{name}/cat/a.png", 1, 1, 7);
        Assert.Equal([split], DataSets.SplitsOf(folder.Path));
        foreach (var asked in (string[])[split, name])
        {
            var data = DataSets.Open(folder.Path, Options with { Split = asked });
            Assert.Equal((split, 1), (data.Split, data.Count));
            Assert.Equal(["cat"], data.ClassNames);
        }

        var other = split == "train" ? "test" : "train";
        AssertRefused(
            folder.Path, Options with { Split = other }, $"{folder.Path}: expected a sub-folder {other}; got only {name}. Give ",
            $"{folder.At(name)} itself to use its images as {other}");
    }

    [Fact]
    public void All_four_splits_may_be_there()
    {
        foreach (var (name, value) in ((string, int)[])[("train", 1), ("test", 2), ("validation", 3), ("extra", 4)])
        {
            Image(folder, $"{name}/a.png", 1, 1, (byte)value);
        }

        Assert.Equal(DataSets.SplitNames, DataSets.SplitsOf(folder.Path));
        Assert.Equal<byte[]>(
            [[1], [2], [3], [4]],
            DataSets.SplitNames.Select(split => Read(DataSets.Open(folder.Path, Options with { Split = split }), 0)));
    }

    [Fact]
    public void Images_beside_splits_are_refused_by_name()
    {
        Image(folder, "train/a.png", 1, 1, 1);
        Image(folder, "bus/deep/a.png", 1, 1, 2);
        AssertRefused(
            folder.Path, Options,
            $"{folder.Path}: expected no other images beside the splits train; got a folder bus with some. Move or rename "
                + folder.At("bus"));
    }

    [Fact]
    public void What_is_beside_splits_without_images_is_told()
    {
        Image(folder, "train/a.png", 1, 1, 1);
        folder.Write("notes/of/a.txt", [1]);
        Directory.CreateDirectory(folder.At("empty"));
        Assert.Equal(
            [$"{folder.Path}: not read, as they hold no images: empty, notes, beside the splits train."],
            DataSets.Open(folder.Path, Options).Notes);
    }

    [Fact]
    public void Two_folders_of_one_split_are_refused()
    {
        Image(folder, "val/a.png", 1, 1, 1);
        Image(folder, "Validation/a.png", 1, 1, 1);
        AssertRefused(folder.Path, Options, "expected one folder for the split val; got Validation and val. Merge them");
    }

    [Fact]
    public void A_folder_without_splits_has_no_test_images()
    {
        Image(folder, "a.png", 1, 1, 1);
        Assert.Empty(DataSets.SplitsOf(folder.Path));
        Assert.Equal("all", DataSets.Open(folder.Path, Options).Split);
        AssertRefused(
            folder.Path, Options with { Split = "test" },
            $"{folder.Path}: expected a sub-folder test; got a folder without splits. Move some images to sub-folders train and "
                + "test; as it is, all of them are for training.");
    }
}
