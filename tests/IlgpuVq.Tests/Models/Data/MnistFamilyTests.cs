using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class MnistFamilyTests
{
    private const string Images = "train-images-idx3-ubyte", Labels = "train-labels-idx1-ubyte";

    // Variances by numpy in double precision; labels as published with the sets.
    [Theory]
    [InlineData("mnist", "train", 60_000, 0.09493041879725218, new[] { 5, 0, 4, 1, 9 }, "5")]
    [InlineData("mnist", "test", 10_000, 0.09639798435500636, new[] { 7, 2, 1, 0, 4 }, "7")]
    [InlineData("fashion-mnist", "train", 60_000, 0.12462611721533168, new[] { 9, 0, 0, 3, 0 }, "Ankle boot")]
    public void The_real_files_open(string name, string split, int count, double variance, int[] labels, string firstClass)
    {
        RealData.Require(name);
        var data = DataSets.Open(name, new DataSetOptions { Root = RealData.Root, Split = split });
        Assert.Equal((name, split, count), (data.Name, data.Split, data.Count));
        Assert.Equal((1, 28, 28), (data.Channels, data.Height, data.Width));
        Assert.Equal(labels, Enumerable.Range(0, labels.Length).Select(data.Label));
        Assert.Equal(firstClass, data.ClassNames[data.Label(0)]);
        Assert.Equal(variance, data.Variance, tolerance: 1e-12);
        Assert.Empty(data.Notes);
    }

    [Theory]
    [InlineData("mnist", "MNIST/raw/")]
    [InlineData("mnist", "mnist/")]
    [InlineData("mnist", "")]
    [InlineData("fashion-mnist", "FashionMNIST/raw/")]
    [InlineData("fashion-mnist", "fashion-mnist/")]
    [InlineData("fashion-mnist", "")]
    public void Files_are_found_in_the_folders_of_others_and_flat_plain_and_packed(string name, string place)
    {
        using var folder = new TemporaryFolder();
        folder.Write(place + Images + ".gz", Gzip(IdxImages(3)));
        folder.Write(place + Labels, IdxLabels(7, 8, 9));
        var data = DataSets.Open(name, new DataSetOptions { Root = folder.Path });
        Assert.Equal((3, 1, 2, 3), (data.Count, data.Channels, data.Height, data.Width));
        Assert.Equal([6, 7, 8, 9, 10, 11], Read(data, 1));
        Assert.Equal([7, 8, 9], Enumerable.Range(0, 3).Select(data.Label));
    }

    [Fact]
    public void A_packed_file_is_known_by_its_content()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Images + ".gz", IdxImages(2));
        folder.Write(Labels, Gzip(IdxLabels(1, 2)));
        Assert.Equal(2, DataSets.Open("mnist", new DataSetOptions { Root = folder.Path }).Count);
    }

    [Fact]
    public void Missing_files_name_the_places_and_the_way_out()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Images, IdxImages(1)); // without its labels
        AssertRefused(
            "mnist",
            new DataSetOptions { Root = folder.Path },
            $"mnist: expected {Images} and {Labels} (plain or .gz) in one of ",
            Path.Combine(folder.Path, "MNIST", "raw"),
            "Name their folder with DataSetOptions.Root, or fetch them with DataSetOptions.Download.");
    }

    public static TheoryData<byte[], byte[], string> BrokenFiles()
    {
        byte[] images = IdxImages(2), labels = IdxLabels(1, 2), packed = Gzip(images);
        var flipped = packed.ToArray();
        flipped[^6] ^= 0x55; // in the checksum
        return new TheoryData<byte[], byte[], string>
        {
            { labels, labels, "a file of images, IDX magic 0x00000803; got one of labels" },
            { images, images, "a file of labels, IDX magic 0x00000801; got one of images" },
            { Idx(0xD03, [1, 1, 1], 0, 0, 0, 0), labels, "got 0x00000D03" },
            { [], labels, "expected 4 more bytes; got 0, then the end" },
            { images[..7], labels, "expected 4 more bytes; got 3, then the end" },
            { images[..^1], labels, "expected 12 more bytes; got 11, then the end" },
            { packed[..^9], labels, "a whole gzip file that ends with the length of its content; got another end after" },
            { [.. images, 0], labels, "expected the end of the file after its data; got more bytes" },
            { Gzip([.. images, 0]), labels, "expected the end of the file after its data; got more bytes" },
            { flipped, labels, "expected gzip data that unpacks; got damaged data" },
            { [.. packed[..10], 0xFF, 0xFF], labels, "expected gzip data that unpacks; got damaged data" },
            { Idx(ImagesMagic, [0, 2, 3]), labels, "got 0 as size 1 of 3" },
            { Idx(ImagesMagic, [-1, 2, 3]), labels, "got 4294967295 as size 1 of 3" },
            { Idx(ImagesMagic, [2_000_000_000, 2_000_000_000, 2_000_000_000]), labels, "got 2000000000 as size 1 of 3" },
            { Gzip(Idx(ImagesMagic, [1_000_000, 1_000, 1])), labels, "got 1000000 as size 1 of 3" },
            { images, IdxLabels(1, 2, 3), "expected 2 labels, one for each image of " },
            { images, IdxLabels(1, 10), "expected labels from 0 to 9; got 10 at image 1" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] images, byte[] labels, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write(Images, images);
        folder.Write(Labels, labels);
        AssertRefused("mnist", new DataSetOptions { Root = folder.Path }, folder.Path, reason);
    }
}
