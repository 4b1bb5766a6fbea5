using System.IO.Enumeration;

namespace IlgpuVq.Models.Data;

/// <summary>A file below a folder.</summary>
/// <param name="Path">As it was found, below the folder's own path.</param>
/// <param name="Target">The same without links, where a link is on the way to it; else null.</param>
/// <param name="Group">The sub-folder of the walked folder that it is in, however deep; empty beside those.</param>
internal sealed record FoundFile(string Path, string? Target, string Group);

/// <summary>All files below a folder, also through links, each real one once.</summary>
/// <remarks>
/// <para>Hidden files and folders are not looked at. A link to a folder is followed unless that folder was walked already or
/// holds the link, so a walk ends. A file that several paths lead to has the one without a link, else the first.</para>
/// <para>Order: by group, then by path, both by code point. Two names of one file that are no symbolic links (hard links) count
/// as two files.</para>
/// </remarks>
internal sealed class FolderWalk
{
    private static readonly EnumerationOptions Listing = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    private readonly Func<string, string?> leaveOut;
    private readonly HashSet<string> walked = [];
    private readonly Queue<Place> plain = [];
    private readonly Queue<Place> linked = [];
    private readonly List<FoundFile> found = [];

    private FolderWalk(string folder, Func<string, string?>? leaveOut)
    {
        this.leaveOut = leaveOut ?? (_ => null);
        var real = RealPath.Of(folder) ?? folder;
        plain.Enqueue(new Place(folder, real, IsLinked: false, Group: null));

        // What lies in the folder itself comes before what links lead to.
        while (plain.TryDequeue(out var place) || linked.TryDequeue(out place))
        {
            if (walked.Add(place.Real))
            {
                List(place);
            }
        }

        IEnumerable<FoundFile> once = found;
        if (found.Exists(file => file.Target is not null))
        {
            var seen = new HashSet<string>();
            once = found.OrderBy(file => file.Target is not null).ThenBy(file => file.Path, StringComparer.Ordinal)
                .Where(file => seen.Add(file.Target ?? Path.Join(real, Path.GetRelativePath(folder, file.Path))));
        }

        Files = [.. once.OrderBy(file => file.Group, StringComparer.Ordinal).ThenBy(file => file.Path, StringComparer.Ordinal)];
        Repeats = found.Count - Files.Length;
        found.Clear();
    }

    /// <summary>The files, in order.</summary>
    public FoundFile[] Files { get; }

    /// <summary>Names of the folder's own sub-folders, but those left out, in order.</summary>
    public SortedSet<string> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Paths that were not walked or cannot be, and why.</summary>
    public List<(string Path, string Reason)> Unreadable { get; } = [];

    /// <summary>Folders that the caller wanted left out, and why.</summary>
    public List<(string Path, string Reason)> LeftOut { get; } = [];

    /// <summary>Further paths, through links, to the same files.</summary>
    public int Repeats { get; }

    /// <summary>Walks a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="leaveOut">Why a folder below it is to be left out; null for one that is not.</param>
    /// <exception cref="IOException">The folder itself cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static FolderWalk Of(string folder, Func<string, string?>? leaveOut) => new(folder, leaveOut);

    /// <summary>Names of the folders in a folder that are not hidden, in order.</summary>
    public static string[] SubFolders(string folder) =>
        [.. Directory.EnumerateDirectories(folder, "*", Listing).Select(Path.GetFileName).OfType<string>()
            .Order(StringComparer.Ordinal)];

    private void List(Place place)
    {
        try
        {
            var entries = new FileSystemEnumerable<Entry>(
                place.Path,
                (ref FileSystemEntry entry) => new Entry(
                    entry.FileName.ToString(), entry.IsDirectory, entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
                Listing);
            foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                Add(place, entry);
            }
        }
        catch (Exception error) when (place.Group is not null && error is IOException or UnauthorizedAccessException)
        {
            Unreadable.Add((place.Path, "a folder that cannot be read"));
        }
    }

    private void Add(Place place, Entry entry)
    {
        var path = Path.Combine(place.Path, entry.Name);
        var isLink = entry.MayBeLink && new FileInfo(path).LinkTarget is not null;
        var real = isLink ? RealPath.Of(path) : Path.Combine(place.Real, entry.Name);
        if (real is null)
        {
            Unreadable.Add((path, "a link that leads nowhere"));
        }
        else if (!(isLink ? Directory.Exists(real) : entry.IsFolder))
        {
            found.Add(new FoundFile(path, place.IsLinked || isLink ? real : null, place.Group ?? ""));
        }
        else if (isLink && IsSameOrAbove(real, place.Real))
        {
            Unreadable.Add((path, "a link to a folder that it is in"));
        }
        else if (leaveOut(path) is { } reason)
        {
            LeftOut.Add((path, reason));
        }
        else
        {
            _ = place.Group is null && Groups.Add(entry.Name);
            (isLink ? linked : plain).Enqueue(new Place(path, real, place.IsLinked || isLink, place.Group ?? entry.Name));
        }
    }

    private static bool IsSameOrAbove(string folder, string other) =>
        $"{other}{Path.DirectorySeparatorChar}".StartsWith(
            Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>What a listing says of an entry; on Windows more than links have that mark.</summary>
    private readonly record struct Entry(string Name, bool IsFolder, bool MayBeLink);

    private readonly record struct Place(string Path, string Real, bool IsLinked, string? Group);
}
