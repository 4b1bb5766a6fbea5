namespace IlgpuVq.Models.Data;

/// <summary>A published data set: what its files are called, where people keep them, where to fetch them.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Folders">Where to look, below the data root, in this order; the first is where a download goes.</param>
/// <param name="Downloads">Every file that a download fetches.</param>
internal sealed record KnownDataSet(string Name, string[] Folders, RemoteFile[] Downloads)
{
    /// <summary>The path of a file in a folder, plain or with .gz; null when it is not there.</summary>
    public static string? Find(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? path : File.Exists(path + ".gz") ? path + ".gz" : null;
    }

    /// <summary>The folders where files may be: those below the root, then the root itself.</summary>
    public IEnumerable<string> Places(string root) => Folders.Append("").Select(folder => Path.Combine(root, folder));

    /// <summary>Where downloaded files go.</summary>
    public string DownloadFolder(string root) => Path.Combine(root, Folders[0]);

    /// <summary>The exception for files that are not all in one of the places. A set some of whose files are there is not
    /// absent.</summary>
    public DataException Missing(string root, params string[] files)
    {
        var names = files.Length > 2 ? $"{files[0]} to {files[^1]}" : string.Join(" and ", files);
        var rule = $"{names} (plain or .gz) in one of {string.Join(", ", Places(root))}";
        const string advice = "Name their folder with DataSetOptions.Root, or fetch them with DataSetOptions.Download.";
        const DataSettings settings = DataSettings.Root | DataSettings.Download;
        var found = Places(root).SelectMany(place => files.Select(file => Find(place, file))).OfType<string>().FirstOrDefault();
        return found is null
            ? DataException.Absent(Name, rule, "none", advice, settings)
            : DataException.Expected(Name, rule, $"only {found}", advice, settings: settings);
    }
}
