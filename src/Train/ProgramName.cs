namespace IlgpuVq.Train;

/// <summary>The program as its user calls it, so that a hint can be typed as it is shown from where they stand.</summary>
internal static class ProgramName
{
    private const string Name = "IlgpuVq";

    /// <summary>Options of <c>dotnet run</c> with a value behind them, and those without.</summary>
    private static readonly string[] Valued =
    [
        "-c", "--configuration", "--project", "-f", "--framework", "-r", "--runtime", "-a", "--arch", "--os", "-v",
        "--verbosity", "-lp", "--launch-profile", "-p", "--property",
    ];

    private static readonly string[] Plain = ["--no-build", "--no-restore", "--no-launch-profile", "-q"];

    /// <summary><c>dotnet run …</c> where it was started that way, else its own name or path.</summary>
    public static string Current { get; } = Of(
        ParentProcess.Words, Environment.ProcessPath, typeof(ProgramName).Assembly.Location, Environment.CurrentDirectory,
        Environment.GetEnvironmentVariable("PATH"));

    /// <summary>A command line to type: the program's name and these words, quoted where they need it.</summary>
    public static string Hint(params IEnumerable<string> words) => string.Join(' ', [Current, .. words.Select(Quote)]);

    /// <summary>What the program is called.</summary>
    /// <param name="parent">The words that started the process above.</param>
    /// <param name="process">The running executable: the program's own, or <c>dotnet</c>.</param>
    /// <param name="assembly">The program's assembly.</param>
    /// <param name="folder">Where the user stands.</param>
    /// <param name="searched">The folders in which commands are looked for, as PATH lists them.</param>
    public static string Of(IReadOnlyList<string> parent, string? process, string assembly, string folder, string? searched)
    {
        if (ParentProcess.IsRun(parent))
        {
            return string.Join(' ', OfRun(parent).Select(Quote));
        }

        if (Path.GetFileNameWithoutExtension(process) != Name)
        {
            return $"dotnet {Quote(Near(assembly, folder))}";
        }

        var own = Path.GetDirectoryName(process)!;
        return searched?.Split(Path.PathSeparator).Contains(own) == true ? Name : Quote(Near(process!, folder));
    }

    /// <summary>A word as a shell reads it back.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "_-./:,=+@%".Contains(letter)))
        {
            return word;
        }

        return OperatingSystem.IsWindows()
            ? $"\"{word.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static IEnumerable<string> OfRun(IReadOnlyList<string> parent)
    {
        yield return "dotnet";
        yield return "run";
        for (var i = 2; i < parent.Count; i++)
        {
            var name = parent[i].Split('=', ':')[0];
            if (!Valued.Contains(name) && !Plain.Contains(name))
            {
                break;
            }

            yield return parent[i];
            if (Valued.Contains(parent[i]) && i + 1 < parent.Count)
            {
                yield return parent[++i];
            }
        }

        yield return "--";
    }

    private static string Near(string path, string folder)
    {
        var relative = Path.GetRelativePath(folder, path);
        relative = relative.Contains(Path.DirectorySeparatorChar) ? relative : Path.Combine(".", relative);
        return relative.Length <= path.Length ? relative : path;
    }
}
