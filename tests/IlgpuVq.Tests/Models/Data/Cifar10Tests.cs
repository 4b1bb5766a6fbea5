using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class Cifar10Tests
{
    [Theory]
    [InlineData("train", "data_batch_1.bin.gz", 0.06376239031106183, new[] { 6, 9, 9, 4, 1 })]
    [InlineData("test", "test_batch.bin.gz", 0.06311123249672204, new[] { 3, 8, 8, 0, 6 })]
    public void The_real_files_open(string split, string file, double variance, int[] labels)
    {
        RealData.Require("cifar10", file);
        var data = DataSets.Open("cifar10", new DataSetOptions { Root = RealData.Root, Split = split });
        Assert.Equal((3, 32, 32), (data.Channels, data.Height, data.Width));
        Assert.Equal(labels, Enumerable.Range(0, labels.Length).Select(data.Label));
        if (data.Count == 10_000)
        {
            Assert.Equal(variance, data.Variance, tolerance: 1e-12); // by numpy in double precision
        }
    }

    [Fact]
    public void The_images_of_a_folder_are_those_of_the_test_batch()
    {
        RealData.Require("cifar10", "test_batch.bin.gz");
        var folder = DataSets.Open(RealData.Require("imagefolder-cifar10", "png", "test"), new DataSetOptions());
        var batch = DataSets.Open("cifar10", new DataSetOptions { Root = RealData.Root, Split = "test" });
        var known = Enumerable.Range(0, batch.Count).Select(i => (batch.ClassNames[batch.Label(i)], Key(batch, i))).ToHashSet();
        Assert.Equal(batch.ClassNames.Order(), folder.ClassNames);
        Assert.Equal(200, folder.Count);
        var found = Enumerable.Range(0, folder.Count).Select(i => (folder.ClassNames[folder.Label(i)], Key(folder, i)));
        Assert.All(found, image => Assert.Contains(image, known));

        static string Key(ImageDataSet data, int index) => Convert.ToHexString(Read(data, index));
    }

    [Theory]
    [InlineData("cifar-10-batches-bin/")]
    [InlineData("cifar10/")]
    [InlineData("")]
    public void Batches_are_found_in_the_folders_of_others_and_flat_and_joined_in_order(string place)
    {
        using var folder = new TemporaryFolder();
        for (var i = 1; i <= 5; i++)
        {
            var content = Cifar([.. Enumerable.Repeat((byte)i, i)]);
            folder.Write($"{place}data_batch_{i}.bin{(i % 2 == 0 ? ".gz" : "")}", i % 2 == 0 ? Gzip(content) : content);
        }

        var data = DataSets.Open("cifar10", new DataSetOptions { Root = folder.Path });
        Assert.Equal([1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5], Enumerable.Range(0, data.Count).Select(data.Label));
        var images = Enumerable.Range(0, data.Count).Select(i => (Label: data.Label(i), Pixels: Read(data, i)));
        Assert.All(images, image => Assert.All(image.Pixels, value => Assert.Equal(10 * image.Label, value)));
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void A_part_of_the_batches_is_accepted_and_told()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_2.bin", Cifar(1, 2));
        var data = DataSets.Open("cifar10", new DataSetOptions { Root = folder.Path });
        Assert.Equal(["1 of 5 train batches of cifar10 present: 2 images."], data.Notes);
    }

    [Fact]
    public void Missing_files_name_the_places_and_the_way_out()
    {
        using var folder = new TemporaryFolder();
        var options = new DataSetOptions { Root = folder.Path };
        AssertRefused("cifar10", options, "expected data_batch_1.bin to data_batch_5.bin (plain or .gz) in one of",
            "DataSetOptions.Download.");
        AssertRefused("cifar10", options with { Split = "test" }, "cifar10: expected test_batch.bin (plain or .gz) in one of ");
    }

    public static TheoryData<byte[], string> BrokenFiles() => new()
    {
        { [], "records of 3073 bytes; got 0 bytes" },
        { Cifar(1, 2)[..^1], "records of 3073 bytes; got 6145 bytes" },
        { [.. Cifar(1), 0], "records of 3073 bytes; got 3074 bytes" },
        { Cifar(1, 2, 10, 3), "labels from 0 to 9; got 10 in record 2" },
        { Gzip(Cifar(1))[..^9], "a whole gzip file that ends with the length of its content; got another end after" },
        { [0x1F, 0x8B, 1, 2, 3], "gzip data that unpacks" },
        { Gzip(new byte[22_000 * 3073]), "at most 67108864 bytes in a gzip file of" },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("test_batch.bin", content);
        AssertRefused("cifar10", new DataSetOptions { Root = folder.Path, Split = "test" }, file, reason);
    }
}
