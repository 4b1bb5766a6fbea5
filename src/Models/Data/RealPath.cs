namespace IlgpuVq.Models.Data;

/// <summary>Where a path leads once every link on it is followed.</summary>
internal static class RealPath
{
    /// <summary>More links than that on one path lead round in a circle, as systems have it too.</summary>
    private const int MostLinks = 40;

    /// <summary>The path without links, of something that is there; null where it leads nowhere or round in a circle.</summary>
    public static string? Of(string path)
    {
        try
        {
            return Follow(Path.GetFullPath(path), MostLinks) is { } real && Path.Exists(real) ? real : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Follow(string path, int links)
    {
        var real = Path.GetPathRoot(path)!;
        var names = path[real.Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            real = Path.Combine(real, name);
            FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (entry.LinkTarget is null)
            {
                continue;
            }

            var target = links > 0 ? entry.ResolveLinkTarget(returnFinalTarget: false) : null;
            if (target is null || Follow(target.FullName, links - 1) is not { } followed)
            {
                return null;
            }

            real = followed;
        }

        return real;
    }
}
