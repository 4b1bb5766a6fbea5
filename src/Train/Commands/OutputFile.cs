using System.Runtime.InteropServices;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Commands;

/// <summary>Where a command writes: a regular file, or a new one, also through links. All else is refused before any
/// work.</summary>
internal static partial class OutputFile
{
    private const string Advice = "Choose another path.";

    /// <param name="option">What named it, for the message.</param>
    /// <param name="path">What was typed.</param>
    /// <exception cref="RunException">There is something else than a file, or no file can be made there.</exception>
    public static void Check(string option, string path)
    {
        CheckKind(option, path);
        try
        {
            var target = AtomicFile.Follow(path);
            var folder = Path.GetDirectoryName(target)!;
            if (!Directory.Exists(folder))
            {
                throw new RunException(option, "a file in a folder that is there", $"no folder {folder}", "Make it first.");
            }

            TryToWrite(target, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var cause = RunException.Writing(path, exception);
            throw new RunException(option, "a file that can be written", cause.Message.TrimEnd('.'), Advice, exception);
        }
    }

    /// <summary>Only that nothing else than a file is there.</summary>
    /// <exception cref="RunException">There is.</exception>
    public static void CheckKind(string option, string path)
    {
        if (KindOf(path) is { } kind)
        {
            throw new RunException(option, "a regular file to write", $"{path}, {kind}", Advice);
        }
    }

    /// <summary>As <see cref="Check"/> for a picture, whose name says its format.</summary>
    /// <exception cref="DataException">No picture is written under such a name.</exception>
    /// <inheritdoc cref="Check"/>
    public static void CheckPicture(string option, string path)
    {
        ImageFile.CheckName(path);
        Check(option, path);
    }

    /// <summary>What stands there, in words; null for a file or nothing.</summary>
    internal static string? KindOf(string path)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            return "a folder";
        }

        return !File.Exists(path) ? null : !OperatingSystem.IsLinux() ? KindByPlace(path) : (ModeOf(path) & 0xF000) switch
        {
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
    }

    /// <summary>Systems whose own record of a file's kind is not read here: by where it lies.</summary>
    private static string? KindByPlace(string path) =>
        Path.GetFullPath(path) is ['/', 'd', 'e', 'v', '/', ..] or ['\\', '\\', '.', '\\', ..] ? "a device" : null;

    private static void TryToWrite(string target, string folder)
    {
        if (File.Exists(target))
        {
            using var file = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }

        var probe = Path.Combine(folder, $".{Path.GetRandomFileName()}");
        File.Create(probe).Dispose();
        File.Delete(probe);
    }

    /// <summary>The mode of what a path leads to, with its kind in the upper four bits; that of a file where Linux does not
    /// tell.</summary>
    private static unsafe int ModeOf(string path)
    {
        const int fromCurrentFolder = -100, kindOnly = 1, modeAt = 28, file = 0x8000;
        var record = stackalloc byte[256];
        return Statx(fromCurrentFolder, path, 0, kindOnly, record) == 0 ? *(ushort*)(record + modeAt) : file;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* record);
}
