using System.Globalization;

namespace IlgpuVq.Models.Data;

/// <summary>CIFAR-10 in its binary version: records of a label and 32 × 32 red, green and blue bytes in planes.</summary>
/// <remarks>
/// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
/// https://www.cs.toronto.edu/~kriz/cifar.html.
/// </remarks>
internal static class Cifar10
{
    private const string FolderName = "cifar-10-batches-bin";
    private const int Channels = 3, Size = 32;
    private const int RecordLength = 1 + (Channels * Size * Size);

    /// <summary>Records of a published file; files are read in blocks of so many.</summary>
    private const int BlockRecords = 10_000;

    /// <summary>Far above any such file, so that what unpacks without end is given up.</summary>
    private const int MaximumBlocks = 100;

    private static readonly string[] TrainFiles = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];

    private static readonly string[] TestFiles = ["test_batch.bin"];

    private static readonly string[] ClassNames =
    [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ];

    public static KnownDataSet Known { get; } = new(
        DataSets.Cifar10,
        [FolderName, "cifar10"],
        [
            new RemoteFile(
                "cifar-10-binary.tar.gz",
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                [new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")]),
        ]);

    public static ImageDataSet Open(KnownDataSet known, DataSetOptions options)
    {
        var wanted = options.Split == DataSets.Train ? TrainFiles : TestFiles;
        var paths = Find(known, options.Root, wanted);
        if (paths.Length < wanted.Length && options.Download)
        {
            Fetch(known, options);
            paths = Find(known, options.Root, wanted);
        }

        if (paths.Length == 0)
        {
            throw known.Missing(options.Root, wanted);
        }

        var blocks = paths.SelectMany(ReadFile).ToArray();
        var labels = blocks.SelectMany(Labels).ToArray();
        var note = string.Create(
            CultureInfo.InvariantCulture,
            $"{paths.Length} of {wanted.Length} {options.Split} batches of {known.Name} present: {labels.Length} images.");
        return new MemoryDataSet(known.Name, options.Split, (Channels, Size, Size), ClassNames, blocks, head: 1, labels)
        {
            NotesAtOpen = paths.Length < wanted.Length ? [note] : [],
        };
    }

    /// <summary>The files that are there, from the first place that has any.</summary>
    private static string[] Find(KnownDataSet known, string root, string[] wanted)
    {
        return known.Places(root)
            .Select(place => wanted.Select(file => KnownDataSet.Find(place, file)).OfType<string>().ToArray())
            .FirstOrDefault(paths => paths.Length > 0, []);
    }

    private static void Fetch(KnownDataSet known, DataSetOptions options)
    {
        Downloader.Fetch(known.Downloads, options.Root, options.Progress, options.Cancellation);
        var archive = Path.Combine(options.Root, known.Downloads[0].Name);
        var entries = TrainFiles.Concat(TestFiles).Select(file => $"{FolderName}/{file}").ToHashSet();
        TarArchive.Extract(archive, entries, options.Root);
        File.Delete(archive);
    }

    private static List<byte[]> ReadFile(string path)
    {
        using var file = DataFile.Open(path);
        var blocks = new List<byte[]>();
        var buffer = new byte[BlockRecords * RecordLength];
        while (true)
        {
            var length = file.Fill(buffer);
            if (length % RecordLength != 0 || (length == 0 && blocks.Count == 0))
            {
                throw file.Broken($"records of {RecordLength} bytes", $"{((long)blocks.Count * buffer.Length) + length} bytes");
            }

            if (length == 0)
            {
                return blocks;
            }

            if (blocks.Count == MaximumBlocks)
            {
                throw file.Broken($"at most {MaximumBlocks * BlockRecords} records", "more");
            }

            var block = buffer.AsSpan(0, length).ToArray();
            CheckLabels(path, block, firstRecord: blocks.Count * BlockRecords);
            blocks.Add(block);
        }
    }

    private static IEnumerable<int> Labels(byte[] block)
    {
        for (var i = 0; i < block.Length; i += RecordLength)
        {
            yield return block[i];
        }
    }

    private static void CheckLabels(string path, byte[] block, int firstRecord)
    {
        for (var i = 0; i < block.Length; i += RecordLength)
        {
            if (block[i] >= ClassNames.Length)
            {
                throw DataException.Expected(
                    path,
                    $"labels from 0 to {ClassNames.Length - 1}",
                    $"{block[i]} in record {firstRecord + (i / RecordLength)}",
                    "Is this the binary version of CIFAR-10?");
            }
        }
    }
}
