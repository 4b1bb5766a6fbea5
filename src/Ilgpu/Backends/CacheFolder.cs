namespace ILGPU.Backends;

/// <summary>Where compiled kernels are kept between runs.</summary>
internal static class CacheFolder
{
    /// <summary>Names the folder; <see cref="Off"/> keeps nothing.</summary>
    public const string Variable = "ILGPUVQ_CACHE";

    public const string Off = "off";

    private const string Name = "ilgpuvq";

    /// <summary>The folder for the variables of this process; null where there is none.</summary>
    public static string? Default => Find(Environment.GetEnvironmentVariable);

    /// <summary>The folder that is named, or the one that the system has for caches.</summary>
    /// <param name="variable">The value of an environment variable.</param>
    public static string? Find(Func<string, string?> variable) => variable(Variable) switch
    {
        Off => null,
        { Length: > 0 } named => named,
        _ => SystemFolder(variable) is { } caches ? Path.Combine(caches, Name) : null,
    };

    private static string? SystemFolder(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            return variable("LOCALAPPDATA") is { Length: > 0 } local ? local : null;
        }

        if (!OperatingSystem.IsMacOS() && variable("XDG_CACHE_HOME") is ['/', ..] caches)
        {
            return caches;
        }

        return variable("HOME") is { Length: > 0 } home
            ? Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache")
            : null;
    }
}
