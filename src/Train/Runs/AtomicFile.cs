namespace IlgpuVq.Train.Runs;

/// <summary>
/// Replaces files so that at any moment, killed or out of power, either the old content stands under the name or the new.
/// </summary>
public static class AtomicFile
{
    private const string Suffix = ".partial";

    /// <summary>
    /// Writes a temporary file beside <paramref name="path"/>, flushes it to disk, renames it over <paramref name="path"/> and
    /// flushes the folder. On any failure the temporary file is removed and <paramref name="path"/> is as it was. Links are
    /// followed.
    /// </summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="write">Writes the content; the stream can seek.</param>
    /// <param name="check">Looks at the flushed file, by its temporary path, before it gets its name; throws to refuse
    /// it.</param>
    /// <exception cref="RunException">The disk is full, or the place cannot be written. Other exceptions of the callbacks pass
    /// through.</exception>
    public static void Write(string path, Action<Stream> write, Action<string>? check = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        var (target, folder, temporary) = Places(path);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                write(stream);
                DiskSync.Flush(stream);
            }

            check?.Invoke(temporary);
            File.Move(temporary, target, overwrite: true);
            DiskSync.Flush(folder);
        }
        catch (Exception exception)
        {
            Remove(temporary);
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw RunException.Writing(path, exception);
            }

            throw;
        }
    }

    /// <summary>The same for a writer that goes by the name of its file: it writes one of the same name in a temporary
    /// folder.</summary>
    /// <param name="path">The file to create or replace, also through links.</param>
    /// <param name="write">Writes the file under the path that it is given, and closes it.</param>
    /// <exception cref="RunException">The disk is full, or the place cannot be written. Other exceptions of the callback pass
    /// through.</exception>
    public static void WriteByName(string path, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var (target, folder, temporary) = Places(path);
        var file = Path.Combine(temporary, Path.GetFileName(path));
        try
        {
            if (!Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException(folder);
            }

            Directory.CreateDirectory(temporary);
            write(file);
            using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                DiskSync.Flush(stream);
            }

            File.Move(file, target, overwrite: true);
            DiskSync.Flush(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
        finally
        {
            RemoveFolder(temporary);
        }
    }

    /// <summary>Removes what killed processes left behind; only for a folder that no other process writes to now.</summary>
    public static void RemoveStale(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, $".*{Suffix}"))
        {
            Remove(file);
        }

        foreach (var left in Directory.EnumerateDirectories(folder, $".*{Suffix}"))
        {
            RemoveFolder(left);
        }
    }

    /// <summary>The full path behind all links; of a chain that ends nowhere, its end.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    internal static string Follow(string path) => new FileInfo(path).LinkTarget is null
        ? Path.GetFullPath(path)
        : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;

    private static (string Target, string Folder, string Temporary) Places(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = TargetOf(path);
        var folder = Path.GetDirectoryName(target) ?? throw new ArgumentException("a root is no file", nameof(path));
        return Directory.Exists(target)
            ? throw new RunException(path, "a file to write", "a folder of that name", "Choose another path.")
            : (target, folder, Path.Combine(folder, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}{Suffix}"));
    }

    private static string TargetOf(string path)
    {
        try
        {
            return Follow(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    private static void RemoveFolder(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // As with a file: the next start tries again.
        }
    }

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was never created, or cannot be removed now; the failure that led here says more, and the next start tries
            // again.
        }
    }
}
