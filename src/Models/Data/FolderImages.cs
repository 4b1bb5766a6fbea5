using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>The images of a folder with their classes: what <see cref="FolderDataSet"/> is made of.</summary>
/// <param name="Files">Path and label of each, in order; the label is −1 without classes.</param>
/// <param name="ClassNames">Sub-folders with images.</param>
/// <param name="Channels">3 where any image has colours, else 1.</param>
/// <param name="Height">Of every image, once framed.</param>
/// <param name="Width">Of every image, once framed.</param>
/// <param name="Repeats">Links to images that are there already.</param>
internal sealed record FolderImages(
    (string Path, int Label)[] Files, string[] ClassNames, int Channels, int Height, int Width, int Repeats)
{
    /// <summary>Finds them, by header and end of every file.</summary>
    /// <param name="root">The folder, without splits.</param>
    /// <param name="leaveOut">Which folders below are not looked at.</param>
    /// <param name="framing">What makes images of one size.</param>
    /// <param name="skipped">Takes what is no image.</param>
    /// <exception cref="DataException">There are no images, or they are of several sizes; or both classes and images beside
    /// them.</exception>
    public static FolderImages Find(string root, Func<string, string?>? leaveOut, Framing framing, SkippedFiles skipped)
    {
        var walk = FolderWalk.Of(root, leaveOut);
        walk.LeftOut.ForEach(place => skipped.AddLeftOut(place.Path, place.Reason));
        walk.Unreadable.ForEach(place => skipped.AddOther(place.Path, place.Reason));
        var (files, isColour, size) = WithHeaders(walk.Files, framing, skipped);
        var classNames = files.Select(file => file.Group).Distinct().ToArray();
        foreach (var empty in walk.Groups.Except(walk.Files.Select(file => file.Group)))
        {
            var path = Path.Combine(root, empty);
            if (!walk.LeftOut.Concat(walk.Unreadable).Any(place => IsBelow(place.Path, path)))
            {
                skipped.AddOther(path, "a folder without images");
            }
        }

        if (files.Count == 0)
        {
            throw DataException.Expected(root, "images, or a sub-folder of images for each class", skipped.InWords);
        }

        // The group of files beside all folders has the empty name, which comes first.
        if (classNames is ["", _, ..])
        {
            throw DataException.Expected(
                root, "images either all in sub-folders or all beside each other", $"sub-folders beside {files[0].Path}",
                "Move or remove the file.");
        }

        classNames = classNames is [""] ? [] : classNames;
        return new FolderImages(
            [.. files.Select(file => (file.Path, Array.IndexOf(classNames, file.Group)))], classNames, isColour ? 3 : 1,
            size.Height, size.Width, walk.Repeats);
    }

    /// <summary>Images that a list names, with their groups as classes.</summary>
    /// <param name="root">The folder that they are in, for messages.</param>
    /// <param name="listed">By group.</param>
    /// <param name="framing">What makes images of one size.</param>
    /// <param name="skipped">Takes what is no image.</param>
    /// <exception cref="DataException">There are no images, or they are of several sizes.</exception>
    public static FolderImages Of(string root, IEnumerable<FoundFile> listed, Framing framing, SkippedFiles skipped)
    {
        var (files, isColour, size) = WithHeaders(listed, framing, skipped);
        if (files.Count == 0)
        {
            throw DataException.Expected(root, "the images of a list", skipped.InWords);
        }

        string[] classNames = [.. files.Select(file => file.Group).Distinct()];
        return new FolderImages(
            [.. files.Select(file => (file.Path, Array.IndexOf(classNames, file.Group)))], classNames, isColour ? 3 : 1,
            size.Height, size.Width, Repeats: 0);
    }

    /// <summary>Those of the files that are images of one size, whether any has colours, and that size.</summary>
    private static (List<FoundFile> Files, bool IsColour, (int Width, int Height) Size) WithHeaders(
        IEnumerable<FoundFile> all, Framing framing, SkippedFiles skipped)
    {
        var files = new List<FoundFile>();
        var (isColour, size, first) = (false, (Width: 0, Height: 0), "");
        foreach (var file in all)
        {
            if (ReadHeader(file.Path, skipped) is not { } header)
            {
                continue;
            }

            var own = framing.SizeOf(header.Width, header.Height, file.Path);
            (size, first) = files.Count == 0 ? (own, file.Path) : (size, first);
            CheckSize(file.Path, own, size, first);
            files.Add(file);
            isColour |= header.IsColour;
        }

        return (files, isColour, size);
    }

    /// <summary>Refuses an image of another size than the first.</summary>
    public static void CheckSize(string path, (int Width, int Height) own, (int Width, int Height) size, string first)
    {
        if (own != size)
        {
            throw DataException.Expected(
                path, $"{size.Width}×{size.Height} pixels, the size of {first}", $"{own.Width}×{own.Height}",
                "Give all images one size with DataSetOptions.Resize, DataSetOptions.Crop or both.", settings: DataSettings.Size);
        }
    }

    private static ImageHeader? ReadHeader(string path, SkippedFiles skipped)
    {
        try
        {
            return ImageFile.ReadHeaderAndEnd(path);
        }
        catch (DataException error)
        {
            skipped.Add(path, error);
            return null;
        }
    }

    private static bool IsBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
