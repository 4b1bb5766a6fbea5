using System.Text;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Models.Safetensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

/// <summary>Labels and names that a file of codes holds.</summary>
public sealed class ImageRecordsTests : IDisposable
{
    private static readonly CodeStoreHeader Header = new(
        Images: 3, Channels: 1, Height: 4, Width: 8, new string('a', 64), [new CodeLayout("codes", 1, 2, [5])]);

    private static readonly int[] Codes = [0, 1, 2, 3, 4, 0];

    private static readonly string[] ClassNames = ["cat, or \"dog\"", "Ünïcode ☃ 𝄞", "a/b"];

    private static readonly string[] Names = ["a b/1.jpg", "Ünïcode ☃ 𝄞.png", "line\nbreak"];

    private readonly TemporaryFolder folder = new();

    private string File => folder.At("codes.safetensors");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Labels_classes_and_names_come_back()
    {
        using var store = WrittenWith(ImageRecords.Create(File, 3, [2, 0, 2], ClassNames, Names));
        var records = store.Records;
        Assert.Equal([2, 0, 2], records.Labels);
        Assert.Equal([2, 0, 2], Enumerable.Range(0, 3).Select(records.Label));
        Assert.Equal(ClassNames, records.ClassNames);
        Assert.Equal((3, true), (records.Classes, records.HasNames));
        Assert.Equal(Names, Enumerable.Range(0, 3).Select(records.Name));
        Assert.Equal(Codes, (int[])store.ReadImages(0, 0, 3));
    }

    [Fact]
    public void Other_readers_see_a_tensor_of_labels_and_texts_that_end_with_zero()
    {
        WrittenWith(ImageRecords.Create(File, 3, [2, 0, 2], ["x", "y", "z"], ["a/b", "c", "d"])).Dispose();
        using var file = SafetensorsFile.Open(File);
        var labels = new int[3];
        file.ReadInts("labels", labels);
        Assert.Equal([2, 0, 2], labels);
        Assert.Equal(SafetensorsType.I32, file.Find("labels")!.Type);
        var names = new byte[file.Find("names")!.ByteLength];
        file.ReadBytes("names", 0, names);
        Assert.Equal("a/b\0c\0d\0", Encoding.UTF8.GetString(names));
        Assert.Equal("""["x","y","z"]""", file.Metadata["classes"]);
    }

    [Fact]
    public void Each_of_them_may_be_missing()
    {
        using (var none = WrittenWith(ImageRecords.None))
        {
            var records = none.Records;
            Assert.Equal((0, false, -1, null), (records.Classes, records.HasNames, records.Label(2), records.Name(2)));
            Assert.Empty(records.ClassNames);
            Assert.Empty(records.Labels.ToArray());
        }

        using (var labels = WrittenWith(ImageRecords.Create(File, 3, [0, 6, 0], [], [])))
        {
            Assert.Equal((7, 6, null), (labels.Records.Classes, labels.Records.Label(1), labels.Records.Name(1)));
        }

        using (var names = WrittenWith(ImageRecords.Create(File, 3, [], [], Names)))
        {
            Assert.Equal((0, -1, Names[2]), (names.Records.Classes, names.Records.Label(2), names.Records.Name(2)));
        }
    }

    [Fact]
    public void Those_of_a_set_are_its_labels_and_where_it_has_files_their_paths()
    {
        var set = new MemoryDataSet("own", DataSets.Train, (1, 1, 1), ["even", "odd"], [1, 2, 3], [0, 1, 0]);
        var records = ImageRecords.Of(set);
        Assert.Equal((2, false, 1), (records.Classes, records.HasNames, records.Label(1)));
        set = new MemoryDataSet("own", DataSets.Train, (1, 1, 1), [], [1, 2, 3], [-1, -1, -1]) { ImageNames = ["a", "b", "c"] };
        records = ImageRecords.Of(set);
        Assert.Equal((0, "c"), (records.Classes, records.Name(2)));
    }

    [Fact]
    public void What_does_not_fit_the_images_is_refused_before_it_is_written()
    {
        Refused("3 labels, one for each image; got 2.", [0, 1], [], []);
        Refused("labels of at least 0; got -1 of image 1.", [0, -1, 0], [], []);
        Refused("labels from 0 to 1; got 2 of image 2.", [0, 1, 2], ["a", "b"], []);
        Refused("labels, as it has names of classes; got none.", [], ["a", "b"], []);
        Refused("3 names, one for each image, each with a zero byte behind it; got 2 zero bytes in 4.", [], [], ["a", "b"]);
        Refused("names without zero characters; got none.", [], [], ["a", null, "b"]);
        Refused("names without zero characters; got 'a\uFFFDb'.", [], [], ["a\0b", "c", "d"]);
        foreach (var name in (string[])["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b"])
        {
            Refused($"names that are paths below a folder; got '{name}' of image 1.", [], [], ["a", name, "b"]);
        }

        void Refused(string message, int[] labels, string[] classNames, string?[] names) => AssertTold(
            message, Assert.Throws<RunException>(() => ImageRecords.Create(File, 3, labels, classNames, names)));
    }

    [Fact]
    public void A_file_whose_labels_or_names_lie_is_told_in_one_line()
    {
        Refused("labels of 3 whole numbers, I32; got", null, TensorData.OfInts("labels", [2], new int[2]));
        Refused("labels of 3 whole numbers, I32; got", null, TensorData.OfInts("labels", [3, 1], new int[3]));
        Refused("labels of 3 whole numbers, I32; got", null, TensorData.OfLongs("labels", [3], new long[3]));
        Refused("labels of at least 0; got -5 of image 2.", null, TensorData.OfInts("labels", [3], new[] { 0, 1, -5 }));
        Refused("labels from 0 to 0; got 1 of image 1.", "[\"a\"]", TensorData.OfInts("labels", [3], new[] { 0, 1, 0 }));
        Refused("labels, as it has names of classes; got none.", "[\"a\"]");
        string[] wrong = ["", "a", "[]", "{}", "3", "null", "[null]", "[1]", "[\"\\ud800\"]", "[\"a\"", "[\"a\n\"]"];
        foreach (var json in wrong)
        {
            Refused("a JSON array of names as classes; got '", json, TensorData.OfInts("labels", [3], new int[3]));
        }

        Refused("names of 3 texts as bytes, U8; got", null, Text(SafetensorsType.I8, "a\0b\0c\0"u8));
        Refused("names of 3 texts as bytes, U8; got", null, Text(SafetensorsType.U8, []));
        Refused("3 names, one for each image, each with", null, Text(SafetensorsType.U8, "a\0b\0"u8));
        Refused("3 names, one for each image, each with", null, Text(SafetensorsType.U8, "a\0b\0c\0d"u8));
        Refused("3 names, one for each image, each with", null, Text(SafetensorsType.U8, "a\0b\0c\0d\0"u8));
        Refused("names in UTF-8; got bytes that are not.", null, Text(SafetensorsType.U8, [0xFF, 0, 97, 0, 97, 0]));
        Refused("names that are paths below a folder; got '../x' of image 1.", null, Text(SafetensorsType.U8, "a\0../x\0c\0"u8));
        Refused("a tensor for each of its grids; got 2 tensors for 1 grids.", null, Text(SafetensorsType.U8, "a\0"u8, "label"));

        void Refused(string message, string? classes, params TensorData[] more)
        {
            var metadata = new Dictionary<string, string>
            {
                ["kind"] = "codes",
                ["model"] = new string('a', 64),
                ["grids"] = "codes",
                ["image"] = "1,4,8",
                ["codebooks.codes"] = "5",
            };
            if (classes is not null)
            {
                metadata["classes"] = classes;
            }

            var codes = TensorData.OfBytes("codes", SafetensorsType.U8, [3, 1, 1, 2], new byte[] { 0, 1, 2, 3, 4, 0 });
            System.IO.File.WriteAllBytes(File, HandMade.Written([codes, .. more], metadata, digest: true));
            AssertTold(message, Assert.Throws<RunException>(() => CodeStore.Open(File)));
        }

        static TensorData Text(SafetensorsType type, ReadOnlySpan<byte> bytes, string name = "names") =>
            TensorData.OfBytes(name, type, [bytes.Length], bytes.ToArray());
    }

    private void AssertTold(string message, RunException error)
    {
        Assert.StartsWith($"{File}: expected {message}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private CodeStore WrittenWith(ImageRecords records)
    {
        CodeStore.Write(File, Header, [[Codes]], records);
        return CodeStore.Open(File);
    }
}
