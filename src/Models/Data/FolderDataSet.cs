using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>A folder of image files, with a sub-folder for each class or without classes.</summary>
/// <remarks>
/// <para>Order: by class name, then by path, both by code point. Hidden files and folders are not looked at; whatever else is
/// there must be an image. Sub-folders of a class belong to it.</para>
/// <para>When nothing but folders called train, test, val, valid or validation is in the folder, train and test are the splits.
/// Otherwise every image is in both splits.</para>
/// <para>All images have one size. They are grey when all of them are, else all are read as red, green, blue. Alpha is
/// dropped.</para>
/// <para>Opening reads the header of every file. Pixels are decoded when they are asked for, and kept while the budget
/// lasts.</para>
/// </remarks>
internal sealed class FolderDataSet : ImageDataSet
{
    private static readonly string[] SplitNames = [DataSets.Train, DataSets.Test, "val", "valid", "validation"];

    private readonly (string Path, int Label)[] files;
    private readonly ImageCache cache;

    private FolderDataSet(
        string name, DataSetOptions options, (string Path, int Label)[] files, string[] classNames, string[] notes)
        : base(name, options.Split)
    {
        (this.files, ClassNames, Notes) = (files, classNames, notes);
        cache = new ImageCache(files.Length, options.CacheBytes);
        var first = ImageFile.ReadHeader(files[0].Path);
        (Height, Width) = (first.Height, first.Width);
        var isColour = false;
        foreach (var (path, _) in files)
        {
            isColour |= ReadHeader(path).IsColour;
        }

        Channels = isColour ? 3 : 1;
        if ((long)Channels * Height * Width > Array.MaxLength)
        {
            throw DataException.Expected(name, $"images of at most {Array.MaxLength} values", $"{Width}×{Height}×{Channels}");
        }
    }

    public override int Count => files.Length;

    public override int Channels { get; }

    public override int Height { get; }

    public override int Width { get; }

    public override IReadOnlyList<string> ClassNames { get; }

    public override IReadOnlyList<string> Notes { get; }

    public override bool IsCostlyToRead => true;

    public static FolderDataSet Open(string folder, DataSetOptions options)
    {
        try
        {
            var (root, hasSplits) = FindSplit(folder, options.Split);
            var classNames = SubFolders(root);
            var files = classNames.Length == 0 ? ListFlat(root) : ListClasses(root, classNames);
            var note = $"{folder} has no folders train and test: all its images serve as {options.Split}.";
            return new FolderDataSet(folder, options, files, classNames, notes: hasSplits ? [] : [note]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw InputFile.Unreadable(folder, error);
        }
    }

    public override int Label(int index) => files[index].Label;

    public override void Read(int index, Span<byte> pixels)
    {
        pixels = pixels[..ImageLength];
        if (cache.TryRead(index, pixels))
        {
            return;
        }

        var path = files[index].Path;
        var image = ImageFile.Load(path);
        CheckSize(path, new ImageHeader(image.Width, image.Height, image.IsColour));
        image.CopyPlanes(Channels, pixels);
        cache.Offer(index, pixels);
    }

    private static (string Root, bool HasSplits) FindSplit(string folder, string split)
    {
        var subFolders = SubFolders(folder);
        var hasSplits = subFolders.Any(name => name is DataSets.Train or DataSets.Test) && !subFolders.Except(SplitNames).Any();
        if (!hasSplits)
        {
            return (folder, false);
        }

        if (!subFolders.Contains(split))
        {
            throw DataException.Absent(
                folder,
                $"a sub-folder {split}",
                $"only {string.Join(", ", subFolders)}",
                $"Give {Path.Combine(folder, subFolders[0])} itself to use its images as {split}.");
        }

        return (Path.Combine(folder, split), true);
    }

    private static (string Path, int Label)[] ListFlat(string root)
    {
        var files = Files(root);
        return files.Length > 0
            ? [.. files.Select(file => (file, -1))]
            : throw DataException.Expected(root, "images, or a sub-folder of images for each class", "an empty folder");
    }

    private static (string Path, int Label)[] ListClasses(string root, string[] classNames)
    {
        var files = new List<(string Path, int Label)>();
        if (Files(root) is [var stray, ..])
        {
            throw DataException.Expected(
                root,
                "images either all in sub-folders or all beside each other",
                $"sub-folders beside {stray}",
                "Move or remove the file.");
        }

        for (var label = 0; label < classNames.Length; label++)
        {
            var inClass = Files(Path.Combine(root, classNames[label]), recurse: true);
            if (inClass.Length == 0)
            {
                throw DataException.Expected(
                    Path.Combine(root, classNames[label]), "images of this class", "none", "Remove the folder.");
            }

            files.AddRange(inClass.Select(path => (path, label)));
        }

        return [.. files];
    }

    private static string[] SubFolders(string folder)
    {
        return [.. Directory.EnumerateDirectories(folder, "*", Listing(recurse: false)).Select(Path.GetFileName).OfType<string>()
            .Order(StringComparer.Ordinal)];
    }

    private static string[] Files(string folder, bool recurse = false)
    {
        return [.. Directory.EnumerateFiles(folder, "*", Listing(recurse)).Order(StringComparer.Ordinal)];
    }

    private static EnumerationOptions Listing(bool recurse) => new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
        RecurseSubdirectories = recurse,
        MaxRecursionDepth = 16, // a link to a folder above would never end
    };

    private ImageHeader ReadHeader(string path)
    {
        var header = ImageFile.ReadHeader(path);
        CheckSize(path, header);
        return header;
    }

    private void CheckSize(string path, ImageHeader header)
    {
        if (header.Width != Width || header.Height != Height)
        {
            throw DataException.Expected(
                path,
                $"{Width}×{Height} pixels, the size of {files[0].Path}",
                $"{header.Width}×{header.Height}",
                "Give all images one size.");
        }
    }
}
