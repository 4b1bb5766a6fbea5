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

    /// <summary>The split to learn from.</summary>
    public const string Train = "train";

    /// <summary>The split to measure on.</summary>
    public const string Test = "test";

    /// <summary>The names that <see cref="Open"/> knows, besides folders.</summary>
    public static IReadOnlyList<string> Names { get; } = [Shapes, Mnist, FashionMnist, Cifar10];

    /// <summary>Opens a set: everything is found and checked here, except the pixels of a folder's images.</summary>
    /// <param name="nameOrFolder">One of <see cref="Names"/>, or a folder; to open a folder of such a name, write
    /// <c>./mnist</c>.</param>
    /// <param name="options">Where to look and which part to open.</param>
    /// <exception cref="DataException">
    /// There is no such set or split, a file is missing, damaged or not what its name says, or a download failed.
    /// </exception>
    public static ImageDataSet Open(string nameOrFolder, DataSetOptions options)
    {
        ArgumentNullException.ThrowIfNull(nameOrFolder);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Split is not (Train or Test))
        {
            throw DataException.Expected(
                "split", $"{Train} or {Test}", $"\"{options.Split}\"", "Set DataSetOptions.Split to one of them.",
                settings: DataSettings.Split);
        }

        return nameOrFolder switch
        {
            Shapes => ShapesDataSet.Open(options),
            Mnist => MnistFamily.Open(MnistFamily.Mnist, options),
            FashionMnist => MnistFamily.Open(MnistFamily.FashionMnist, options),
            Cifar10 => Data.Cifar10.Open(Data.Cifar10.Known, options),
            _ when Directory.Exists(nameOrFolder) => FolderDataSet.Open(nameOrFolder, options),
            _ => throw DataException.Expected(
                "data set", $"{string.Join(", ", Names)} or a folder of images", $"\"{nameOrFolder}\", which is none of them",
                "Check the name, or the folder's path.", settings: DataSettings.Name),
        };
    }

    /// <summary>One image file as a set, without classes; its split is <see cref="Test"/>.</summary>
    /// <param name="path">The file, of any kind that <see cref="ImageFile"/> reads.</param>
    /// <param name="channels">What it is turned into: 1 for grey, 3 for red, green, blue.</param>
    /// <exception cref="DataException">No such file, no image, damaged or too large.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channels"/> is neither 1 nor 3.</exception>
    public static ImageDataSet OpenFile(string path, int channels)
    {
        var image = ImageFile.Load(path);
        var pixels = image.ToPlanes(channels);
        return new MemoryDataSet(path, Test, (channels, image.Height, image.Width), [], pixels, [-1]);
    }
}
