namespace IlgpuVq.Models.Data;

/// <summary>MNIST and Fashion-MNIST: four IDX files each, of the same names.</summary>
internal static class MnistFamily
{
    private const int Classes = 10;

    /// <summary>Y. LeCun, C. Cortes, C. Burges: handwritten digits.</summary>
    public static KnownDataSet Mnist { get; } = new(
        DataSets.Mnist,
        [Path.Combine("MNIST", "raw"), "mnist"],
        RemoteFiles(
            ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
            ("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            ("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            ("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            ("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")));

    /// <summary>H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747: clothes.</summary>
    public static KnownDataSet FashionMnist { get; } = new(
        DataSets.FashionMnist,
        [Path.Combine("FashionMNIST", "raw"), "fashion-mnist"],
        RemoteFiles(
            [
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ],
            ("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            ("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            ("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            ("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")));

    private static readonly string[] Digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private static readonly string[] Clothes =
    [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ];

    public static ImageDataSet Open(KnownDataSet known, DataSetOptions options)
    {
        var prefix = options.Split == DataSets.Train ? "train" : "t10k";
        var (imagesName, labelsName) = ($"{prefix}-images-idx3-ubyte", $"{prefix}-labels-idx1-ubyte");
        var found = Find(known, options.Root, imagesName, labelsName);
        if (found is null && options.Download)
        {
            Downloader.Fetch(known.Downloads, known.DownloadFolder(options.Root), options.Progress, options.Cancellation);
            found = Find(known, options.Root, imagesName, labelsName);
        }

        var (imagesPath, labelsPath) = found ?? throw known.Missing(options.Root, imagesName, labelsName);
        var (pixels, count, height, width) = IdxFile.ReadImages(imagesPath);
        var labels = IdxFile.ReadLabels(labelsPath);
        if (labels.Length != count)
        {
            throw DataException.Expected(
                labelsPath,
                $"{count} labels, one for each image of {imagesPath}",
                $"{labels.Length}",
                "The two files do not belong together.");
        }

        var wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1));
        if (wrong >= 0)
        {
            throw DataException.Expected(labelsPath, $"labels from 0 to {Classes - 1}", $"{labels[wrong]} at image {wrong}");
        }

        var classNames = known.Name == DataSets.FashionMnist ? Clothes : Digits;
        var wide = Array.ConvertAll(labels, label => (int)label);
        return new MemoryDataSet(known.Name, options.Split, (1, height, width), classNames, pixels, wide);
    }

    /// <summary>The first place that has both files.</summary>
    private static (string Images, string Labels)? Find(KnownDataSet known, string root, string images, string labels)
    {
        foreach (var place in known.Places(root))
        {
            if (KnownDataSet.Find(place, images) is { } imagesPath && KnownDataSet.Find(place, labels) is { } labelsPath)
            {
                return (imagesPath, labelsPath);
            }
        }

        return null;
    }

    private static RemoteFile[] RemoteFiles(string[] mirrors, params (string Name, long Length, string Sha256)[] files)
    {
        return [.. files.Select(file => new RemoteFile(
            file.Name, file.Length, file.Sha256, [.. mirrors.Select(mirror => new Uri(mirror + file.Name))]))];
    }
}
