using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>Tables of images beside a folder of them.</summary>
public sealed class MiniImageNetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_table_says_which_images_are_a_split_and_what_they_show()
    {
        Write("train.csv", "filename,label", "b.png,n2", "a.png,n1", "", "c.png,n2");
        Write("val.csv", "filename,label\r", "d.png,n3\r");
        foreach (var (name, value) in new[] { ("a", 10), ("b", 20), ("c", 30), ("d", 40), ("e", 50) })
        {
            Image(folder, $"images/{name}.png", 4, 2, (byte)value, 0, 0);
        }

        var train = Open(DataSets.Train);
        var val = Open("validation");

        Assert.Equal(("mini-imagenet", "train", 3, 3, 128, 128),
            (train.Name, train.Split, train.Count, train.Channels, train.Height, train.Width));
        Assert.Equal(["n1", "n2"], train.ClassNames);
        Assert.Equal([(0, 10), (1, 20), (1, 30)], Enumerable.Range(0, 3).Select(i => (train.Label(i), (int)Read(train, i)[0])));
        Assert.Equal((1, "n3", 40), (val.Count, val.ClassNames[val.Label(0)], Read(val, 0)[0]));
        Assert.Empty(train.Notes);
        Assert.Equal(["train", "test", "val"], DataSets.SplitsOf(DataSets.MiniImageNet));
    }

    [Theory]
    [InlineData("mini-imagenet")]
    [InlineData("miniimagenet")]
    public void It_lies_in_a_folder_of_the_root_too_and_has_other_sizes_where_they_are_asked_for(string place)
    {
        Write($"{place}/test.csv", "filename,label", "a.png,n1");
        Image(folder, $"{place}/images/a.png", 12, 8, 1, 2, 3);

        Assert.Equal((8, 12), SizeOf(new DataSetOptions { Resize = "8" }));
        Assert.Equal((6, 4), SizeOf(new DataSetOptions { Crop = "4x6" }));

        (int, int) SizeOf(DataSetOptions options)
        {
            var data = DataSets.Open(DataSets.MiniImageNet, options with { Root = folder.Path, Split = DataSets.Test });
            return (data.Height, data.Width);
        }
    }

    [Fact]
    public void What_is_not_there_is_told()
    {
        Write("train.csv", "filename,label", "a.png,n1", "gone.png,n1");
        var absent = Assert.Throws<DataException>(() => Open(DataSets.Train));
        Assert.True(absent.IsAbsent);
        Assert.StartsWith(
            "mini-imagenet: expected train.csv beside a folder images in one of ", absent.Message, StringComparison.Ordinal);
        Assert.EndsWith("; got none. Name their folder with DataSetOptions.Root.", absent.Message, StringComparison.Ordinal);

        Image(folder, "images/a.png", 4, 4, 1);
        var data = Open(DataSets.Train);
        Assert.Equal(1, data.Count);
        Assert.Contains("skipped 1 that is no image: gone.png", data.Notes.Single(), StringComparison.Ordinal);
        Assert.Throws<DataException>(() => Open(DataSets.Train, new DataSetOptions { Strict = true }));
        Assert.Equal(
            "mini-imagenet: expected a split that it has, train or test or val; got extra.",
            Assert.Throws<DataException>(() => Open(DataSets.Extra)).Message);
    }

    [Theory]
    [InlineData("file,label", "the line filename,label first; got \"file,label\".")]
    [InlineData("filename,label\na.png", "line 2: expected the name of a file in images, a comma and a label; got \"a.png\".")]
    [InlineData(
        "filename,label\na.png,n1\n../a.png,n1", "line 3: expected the name of a file in images, a comma and a label; got")]
    [InlineData("filename,label\n..,n1", "line 2: expected the name of a file in images, a comma and a label; got \"..,n1\".")]
    [InlineData("filename,label\na.png,n1,2", "line 2: expected the name of a file in images, a comma and a label; got")]
    public void A_table_of_another_form_is_refused(string text, string message)
    {
        Write("train.csv", text);
        Image(folder, "images/a.png", 4, 4, 1);

        Assert.Contains(message, Assert.Throws<DataException>(() => Open(DataSets.Train)).Message, StringComparison.Ordinal);
    }

    private ImageDataSet Open(string split, DataSetOptions? options = null) => DataSets.Open(
        DataSets.MiniImageNet, (options ?? new DataSetOptions()) with { Root = folder.Path, Split = split });

    private void Write(string name, params string[] lines) =>
        folder.Write(name, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)));
}
