namespace IlgpuVq.Models.Data;

/// <summary>What lies in a folder of images and is none: counted, and the first few named, or refused.</summary>
/// <param name="folder">The folder.</param>
/// <param name="isStrict">Whether the first one is refused.</param>
internal sealed class SkippedFiles(string folder, bool isStrict)
{
    private const int Named = 3;

    private readonly List<string> names = [];
    private int count;

    /// <summary>The line that tells of them; null when there are none.</summary>
    public string? Note => count == 0 ? null
        : $"{folder}: skipped {count} that {(count == 1 ? "is no image" : "are no images")}: {string.Join(", ", names)}"
            + (count > names.Count ? $", and {count - names.Count} more." : ".");

    /// <summary>What an error says of them, behind what was expected.</summary>
    public string InWords => count == 0 ? "none" : $"none; {count} skipped: {string.Join(", ", names)}";

    /// <summary>A file that is no image, or a damaged one.</summary>
    /// <exception cref="DataException">Nothing may be skipped.</exception>
    public void Add(string path, DataException error)
    {
        if (isStrict)
        {
            throw error;
        }

        Add(path, error.Problem);
    }

    /// <summary>Something that is no file to read.</summary>
    /// <exception cref="DataException">Nothing may be skipped.</exception>
    public void AddOther(string path, string what)
    {
        if (isStrict)
        {
            throw DataException.Expected(path, "an image or a folder of images", what, "Move or remove it.");
        }

        Add(path, what);
    }

    /// <summary>What the caller wanted left out: never refused.</summary>
    public void AddLeftOut(string path, string reason) => Add(path, reason);

    private void Add(string path, string reason)
    {
        count++;
        if (names.Count < Named)
        {
            names.Add($"{Path.GetRelativePath(folder, path)} ({reason})");
        }
    }
}
