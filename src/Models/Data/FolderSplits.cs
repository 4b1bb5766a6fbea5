using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>The splits of a folder of images: its sub-folders train, test, val (valid, validation) and extra, in any
/// case.</summary>
/// <remarks>Such folders are never classes. What lies beside them is no split: a folder with images is refused, for they could be
/// meant; others are told.</remarks>
internal sealed class FolderSplits
{
    private readonly string folder;
    private readonly Dictionary<string, string> places = [];
    private readonly List<string> others = [];

    private FolderSplits(string folder)
    {
        this.folder = folder;
        foreach (var name in FolderWalk.SubFolders(folder))
        {
            if (NameOf(name) is not { } split)
            {
                others.Add(name);
            }
            else if (!places.TryAdd(split, name))
            {
                throw DataException.Expected(
                    folder, $"one folder for the split {split}", $"{places[split]} and {name}", "Merge them or move one away.");
            }
        }
    }

    /// <summary>The splits that are there, in the order of <see cref="DataSets.SplitNames"/>; none where all images are
    /// one.</summary>
    public IReadOnlyList<string> Names => [.. DataSets.SplitNames.Where(places.ContainsKey)];

    /// <summary>Looks for them.</summary>
    /// <exception cref="DataException">Two folders are the same split.</exception>
    public static FolderSplits Of(string folder) => new(folder);

    /// <summary>The split that a name means; null for none.</summary>
    public static string? NameOf(string name) => name.ToLowerInvariant() switch
    {
        "valid" or "validation" => DataSets.Validation,
        var other => DataSets.SplitNames.FirstOrDefault(split => split == other),
    };

    /// <summary>Where the images of a split are, what the split is called then, and what there is to tell.</summary>
    /// <exception cref="DataException">There is no such split, or something else beside the splits.</exception>
    public (string Root, string Split, string? Note) Find(string split, Func<string, string?>? leaveOut)
    {
        if (places.Count == 0)
        {
            return split == DataSets.Train
                ? (folder, DataSets.All, $"{folder} has no folders train and test: all its images are one split, {DataSets.All}.")
                : throw DataException.Absent(
                    folder, $"a sub-folder {split}", "a folder without splits",
                    $"Move some images to sub-folders train and {split}; as it is, all of them are for training.");
        }

        var strays = others.Where(name => leaveOut?.Invoke(Path.Combine(folder, name)) is null).ToArray();
        var here = string.Join(", ", Names.Select(name => places[name]));
        if (Array.Find(strays, name => HoldsImages(Path.Combine(folder, name), leaveOut)) is { } stray)
        {
            throw DataException.Expected(
                folder, $"no other images beside the splits {here}", $"a folder {stray} with some",
                $"Move or rename {Path.Combine(folder, stray)}, or the others if they are classes: folders of those names are "
                    + "splits.");
        }

        if (!places.TryGetValue(split, out var place))
        {
            throw DataException.Absent(
                folder, $"a sub-folder {split}", $"only {here}",
                $"Give {Path.Combine(folder, places[Names[0]])} itself to use its images as {split}.");
        }

        var note = strays.Length == 0 ? null
            : $"{folder}: not read, as they hold no images: {string.Join(", ", strays)}, beside the splits {here}.";
        return (Path.Combine(folder, place), split, note);
    }

    private static bool HoldsImages(string folder, Func<string, string?>? leaveOut) =>
        FolderWalk.Of(folder, leaveOut).Files.Any(file =>
        {
            try
            {
                _ = ImageFile.ReadHeader(file.Path);
                return true;
            }
            catch (DataException)
            {
                return false;
            }
        });
}
