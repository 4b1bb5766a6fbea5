using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>Finds data sets by name, or opens a folder of images.</summary>
public static class DataSets
{
    /// <summary>Shapes drawn here, in colours, of any size.</summary>
    public const string Shapes = "shapes";

    /// <summary>Handwritten digits, grey, 28 × 28.</summary>
    public const string Mnist = "mnist";

    /// <summary>Clothes, grey, 28 × 28 (arXiv:1708.07747).</summary>
    public const string FashionMnist = "fashion-mnist";

    /// <summary>Ten kinds of things and animals, in colours, 32 × 32.</summary>
    public const string Cifar10 = "cifar10";

    /// <summary>Photographs of a hundred kinds of things, in colours, 128 × 128 unless said otherwise; from files that its
    /// owner has.</summary>
    public const string MiniImageNet = "mini-imagenet";

    /// <summary>The split to learn from.</summary>
    public const string Train = "train";

    /// <summary>The split to measure on.</summary>
    public const string Test = "test";

    /// <summary>The split to choose settings by.</summary>
    public const string Validation = "val";

    /// <summary>More images, often easier ones.</summary>
    public const string Extra = "extra";

    /// <summary>What <see cref="ImageDataSet.Split"/> says of a folder that has no splits. Such a folder is opened as
    /// <see cref="Train"/>.</summary>
    public const string All = "all";

    /// <summary>The splits that a set can have.</summary>
    public static IReadOnlyList<string> SplitNames { get; } = [Train, Test, Validation, Extra];

    /// <summary>The split that a name means in any case, of <see cref="SplitNames"/>: <c>valid</c> and <c>validation</c> are
    /// <c>val</c>; null for none.</summary>
    public static string? SplitNamed(string name) => FolderSplits.NameOf(name);

    /// <summary>The names that <see cref="Open"/> knows, besides folders.</summary>
    public static IReadOnlyList<string> Names { get; } = [Shapes, Mnist, FashionMnist, Cifar10, MiniImageNet];

    /// <summary>Opens a set: everything is found and checked here, except the pixels of a folder's images beyond
    /// <see cref="DataSetOptions.DecodedAtOpening"/>.</summary>
    /// <param name="nameOrFolder">One of <see cref="Names"/>, or a folder; to open a folder of such a name, write
    /// <c>./mnist</c>.</param>
    /// <param name="options">Where to look and which part to open.</param>
    /// <exception cref="DataException">
    /// There is no such set or split, a file is missing, damaged or not what its name says, or a download failed.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="DataSetOptions.Channels"/> is neither null, 1 nor 3, or
    /// <see cref="DataSetOptions.Limit"/> is below 0.</exception>
    /// <exception cref="OptionException"><see cref="DataSetOptions.Resize"/> or <see cref="DataSetOptions.Crop"/> is no
    /// size.</exception>
    public static ImageDataSet Open(string nameOrFolder, DataSetOptions options)
    {
        ArgumentNullException.ThrowIfNull(nameOrFolder);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Channels is not (null or 1 or 3))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Channels, "expected 1 (grey) or 3 (red, green, blue) as Channels");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(options.Limit);
        if (options.Limit > 0)
        {
            return LimitedDataSet.Of(Open(nameOrFolder, options with { Limit = 0 }), options.Limit);
        }

        var framing = Framing.Parse(options.Resize, options.Crop);
        options = options with { Split = FolderSplits.NameOf(options.Split) ?? throw UnknownSplit(options.Split) };
        if (!Names.Contains(nameOrFolder))
        {
            return Directory.Exists(nameOrFolder)
                ? FolderDataSet.Open(nameOrFolder, options, framing)
                : throw DataException.Expected(
                    "data set", $"{string.Join(", ", Names)} or a folder of images", $"\"{nameOrFolder}\", which is none of them",
                    "Check the name, or the folder's path.", settings: DataSettings.Name);
        }

        if (!SplitsOf(nameOrFolder).Contains(options.Split))
        {
            var splits = string.Join(" or ", SplitsOf(nameOrFolder));
            throw DataException.Absent(nameOrFolder, $"a split that it has, {splits}", options.Split, advice: "");
        }

        if (nameOrFolder == MiniImageNet)
        {
            return Data.MiniImageNet.Open(options);
        }

        var set = nameOrFolder switch
        {
            Shapes => ShapesDataSet.Open(options),
            Mnist => MnistFamily.Open(MnistFamily.Mnist, options),
            FashionMnist => MnistFamily.Open(MnistFamily.FashionMnist, options),
            _ => Data.Cifar10.Open(Data.Cifar10.Known, options),
        };
        set = FramedDataSet.Of(set, framing, options);
        options.CheckSize?.Invoke(set.Height, set.Width);
        return set;
    }

    /// <summary>The splits that a set has, of <see cref="SplitNames"/>; none for a folder whose images are one.</summary>
    /// <param name="nameOrFolder">What <see cref="Open"/> takes.</param>
    /// <exception cref="DataException">The folder has two of one split, or cannot be read.</exception>
    public static IReadOnlyList<string> SplitsOf(string nameOrFolder)
    {
        ArgumentNullException.ThrowIfNull(nameOrFolder);
        try
        {
            return nameOrFolder == MiniImageNet ? Data.MiniImageNet.Splits
                : Names.Contains(nameOrFolder) ? [Train, Test]
                : FolderSplits.Of(nameOrFolder).Names;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw InputFile.Unreadable(nameOrFolder, error);
        }
    }

    /// <summary>One image file as a set, without classes; its split is <see cref="Test"/>.</summary>
    /// <param name="path">The file, of any kind that <see cref="ImageFile"/> reads.</param>
    /// <param name="channels">What it is turned into: 1 for grey, 3 for red, green, blue.</param>
    /// <param name="options">Says whether it is scaled and cut; null for as it is.</param>
    /// <exception cref="DataException">No such file, no image, damaged or too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channels"/> is neither 1 nor 3.</exception>
    public static ImageDataSet OpenFile(string path, int channels, DataSetOptions? options = null)
    {
        var image = Framing.Parse(options?.Resize, options?.Crop).Apply(ImageFile.Load(path), path);
        var pixels = image.ToPlanes(channels);
        return new MemoryDataSet(path, Test, (channels, image.Height, image.Width), [], pixels, [-1])
        {
            ImageNames = [Path.GetFileName(path)],
        };
    }

    private static DataException UnknownSplit(string name) => DataException.Expected(
        "split", string.Join(", ", SplitNames), $"\"{name}\"", "Set DataSetOptions.Split to one of them.",
        settings: DataSettings.Split);
}
