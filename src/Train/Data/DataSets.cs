namespace IlgpuVq.Train.Data;

/// <summary>Finds data sets by name, or opens a folder of images.</summary>
public static class DataSets
{
    public const string Shapes = "shapes";
    public const string Mnist = "mnist";
    public const string FashionMnist = "fashion-mnist";
    public const string Cifar10 = "cifar10";

    public const string Train = "train";
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
            throw DataException.Expected("--split", $"{Train} or {Test}", $"\"{options.Split}\"");
        }

        return nameOrFolder switch
        {
            Shapes => ShapesDataSet.Open(options),
            Mnist => MnistFamily.Open(MnistFamily.Mnist, options),
            FashionMnist => MnistFamily.Open(MnistFamily.FashionMnist, options),
            Cifar10 => Data.Cifar10.Open(Data.Cifar10.Known, options),
            _ when Directory.Exists(nameOrFolder) => FolderDataSet.Open(nameOrFolder, options),
            _ => throw DataException.Expected(
                "--data", $"{string.Join(", ", Names)} or a folder of images", $"\"{nameOrFolder}\", which is none of them"),
        };
    }
}
