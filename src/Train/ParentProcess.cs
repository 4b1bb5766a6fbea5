using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace IlgpuVq.Train;

/// <summary>The process that started this one, where the system tells: Linux, and in part macOS.</summary>
internal static partial class ParentProcess
{
    private const string Host = "dotnet";

    /// <summary>Its number now: another one once it has ended. 0 where the system does not tell.</summary>
    public static int Id => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? GetParent() : 0;

    /// <summary>What was typed to start it, word by word; empty where the system does not tell.</summary>
    public static IReadOnlyList<string> Words { get; } = FindWords();

    /// <summary>Whether it is <c>dotnet run</c>, which only waits for this one.</summary>
    public static bool IsDotnetRun { get; } = OperatingSystem.IsMacOS() ? IsNamedAsHost() : IsRun(Words);

    /// <summary>Whether words are those of <c>dotnet run</c>.</summary>
    public static bool IsRun(IReadOnlyList<string> words) =>
        words is [var host, "run", ..] && Path.GetFileNameWithoutExtension(host) == Host;

    private static string[] FindWords()
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{Id}/cmdline")).TrimEnd('\0').Split('\0')
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsNamedAsHost()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            return process.ProcessName == Host;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetParent();
}
