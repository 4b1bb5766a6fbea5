using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class DataSetsTests
{
    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        AssertRefused(
            "imagenet",
            new DataSetOptions(),
            $"data set: expected {KindNames.Sets}; got \"imagenet\", which is none of them. "
                + "Check the name, or the folder's path.");
    }

    [Fact]
    public void An_unknown_split_is_refused()
    {
        AssertRefused(
            "shapes", new DataSetOptions { Split = "dev" },
            "split: expected train, test, val, extra; got \"dev\". Set DataSetOptions.Split to one of them.");
        AssertRefused(
            "shapes", new DataSetOptions { Split = "validation" },
            "shapes: expected a split that it has, train or test; got val.");
        Assert.Equal("test", DataSets.Open("shapes", new DataSetOptions { Split = "Test" }).Split);
        Assert.Equal(["train", "test"], DataSets.SplitsOf("shapes"));
    }

    [Fact]
    public void Known_sets_are_scaled_cut_and_coloured_too()
    {
        using var folder = new TemporaryFolder();
        folder.Write("t10k-images-idx3-ubyte", IdxImages(2));
        folder.Write("t10k-labels-idx1-ubyte", IdxLabels(7, 3));
        var options = new DataSetOptions { Root = folder.Path, Split = "test" };
        var plain = DataSets.Open("mnist", options);
        Assert.Equal([0, 1, 2, 3, 4, 5], Read(plain, 0));

        var cut = DataSets.Open("mnist", options with { Crop = "1x2", Channels = 3 });
        Assert.Equal((2, 3, 2, 1), (cut.Count, cut.Channels, cut.Height, cut.Width));
        Assert.Equal([7, 10, 7, 10, 7, 10], Read(cut, 1));
        Assert.Equal((3, plain.ClassNames), (cut.Label(1), cut.ClassNames));

        var scaled = DataSets.Open("mnist", options with { Resize = "4" });
        Assert.Equal((1, 4, 6), (scaled.Channels, scaled.Height, scaled.Width));
        Assert.Equal(scaled.Variance, DataSets.Open("mnist", options with { Resize = "6x4", CacheBytes = 0 }).Variance);

        Assert.Equal((1, 32 * 32), (DataSets.Open("shapes", new DataSetOptions { Channels = 1 }) is var grey
            ? (grey.Channels, Read(grey, 0).Length)
            : default));
        AssertRefused("mnist", options with { Crop = "4" }, "mnist: expected at least the 4×4 pixels to cut out; got 3×2.");
        Assert.Throws<ArgumentOutOfRangeException>(() => DataSets.Open("mnist", options with { Channels = 2 }));
    }

    [Fact]
    public void Variance_is_that_of_all_values_on_the_scale_of_one()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test_batch.bin", Cifar(0, 1, 5, 9));
        var data = DataSets.Open("cifar10", new DataSetOptions { Root = folder.Path, Split = "test" });
        double[] values = [0, 10 / 255.0, 50 / 255.0, 90 / 255.0];
        var mean = values.Average();
        Assert.Equal(values.Average(value => (value - mean) * (value - mean)), data.Variance, tolerance: 1e-15);
    }

    [Fact]
    public void Images_in_memory_are_a_set_too()
    {
        var data = new MemoryDataSet("two", DataSets.Test, (1, 1, 2), [], [1, 2, 3, 4], [-1, -1]);
        Assert.Equal((2, 1, 1, 2), (data.Count, data.Channels, data.Height, data.Width));
        Assert.Equal([3, 4], Read(data, 1));
        Assert.Equal(-1, data.Label(1));
    }

    [Theory]
    [InlineData(1, new byte[] { 76, 255 })] // 0.299 · 255 = 76.2
    [InlineData(3, new byte[] { 255, 255, 0, 255, 0, 255 })]
    public void One_file_is_a_set_of_as_many_channels_as_are_asked_for(int channels, byte[] expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder["a.png"];
        ImageFile.Save(path, new DecodedImage(2, 1, 3, [255, 0, 0, 255, 255, 255]));
        var data = DataSets.OpenFile(path, channels);
        Assert.Equal((path, DataSets.Test, 1, channels, 1, 2),
            (data.Name, data.Split, data.Count, data.Channels, data.Height, data.Width));
        Assert.Equal(expected, Read(data, 0));
        Assert.Equal(-1, data.Label(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DataSets.OpenFile(path, channels: 2));
    }

    [Fact]
    public void A_batch_is_scaled_to_plus_and_minus_a_half()
    {
        using var folder = new TemporaryFolder();
        Image(folder, "a/1.png", 1, 2, 0, 51, 255);
        Image(folder, "b/1.png", 1, 2, 255, 102, 204);
        var data = DataSets.Open(folder.Path, new DataSetOptions());
        var (images, labels) = (new float[2 * 6], new int[2]);
        data.ReadBatch([1, 0], images, labels);
        Assert.Equal([1, 0], labels);
        float[] expected = [0.5f, 0.5f, -0.1f, -0.1f, 0.3f, 0.3f, -0.5f, -0.5f, -0.3f, -0.3f, 0.5f, 0.5f];
        Assert.All(expected.Zip(images), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-7f));
        Assert.Throws<ArgumentException>(() => data.ReadBatch([0], images, labels));
    }

    [Fact]
    public void Scaling_there_and_back_gives_the_same_bytes()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        var (model, unit) = (new float[256], new float[256]);
        PixelScale.ToModel(all, model);
        Assert.Equal((-0.5f, 0.5f), (model[0], model[255]));
        PixelScale.ToUnit(model, unit);
        Assert.Equal(all, unit.Select(value => (byte)((value * 255f) + 0.5f)));
    }
}
