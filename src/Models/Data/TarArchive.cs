using System.Formats.Tar;
using System.IO.Compression;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>Takes named files out of a .tar.gz, all or none.</summary>
internal static class TarArchive
{
    /// <summary>
    /// Extracts the entries <paramref name="names"/> (folders separated by /) below <paramref name="folder"/>, over what is
    /// there.
    /// </summary>
    /// <remarks>
    /// Files are written to a folder of their own first and moved when all are complete. Other entries are not written.
    /// </remarks>
    /// <exception cref="DataException">
    /// An entry is a link or would lie outside the folder, a named one is missing, the archive is damaged, or files cannot be
    /// written.
    /// </exception>
    public static void Extract(string archive, IReadOnlySet<string> names, string folder)
    {
        var partial = Path.Combine(folder, $".{Path.GetFileName(archive)}.partial");
        try
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            Directory.CreateDirectory(partial);
            ExtractTo(archive, names, partial);
            foreach (var name in names)
            {
                var target = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(Path.Combine(partial, name), target, overwrite: true);
            }
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw DataException.Expected(archive, "a whole .tar.gz", "damaged data", "Delete it and download again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DataException.Expected(
                folder, $"a folder to unpack {archive} to", error.Message, "Check its permissions and the free space.", error);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    private static void ExtractTo(string archive, IReadOnlySet<string> names, string folder)
    {
        using var file = InputFile.OpenRead(archive);
        using var content = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new TarReader(content);
        var missing = names.ToHashSet();
        while (reader.GetNextEntry() is { } entry)
        {
            CheckEntry(archive, entry);
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (missing.Remove(name))
            {
                var target = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                entry.ExtractToFile(target, overwrite: false);
            }
        }

        content.CopyTo(Stream.Null); // what follows the last entry is read too: the end of a gzip file tells whether it is whole
        if (missing.Count > 0)
        {
            throw DataException.Expected(archive, $"an entry {missing.Order().First()}", "none");
        }
    }

    private static void CheckEntry(string archive, TarEntry entry)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return;
        }

        var isKnownType = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.Directory;
        var goesUp = entry.Name.Split('/', '\\').Contains("..");
        var staysInside = !goesUp && !Path.IsPathRooted(entry.Name) && !entry.Name.Contains(':');
        if (!isKnownType || !staysInside)
        {
            throw DataException.Expected(
                archive,
                "only files and folders below its own",
                $"{entry.EntryType} \"{entry.Name}\"",
                "Do not trust this archive.");
        }
    }
}
