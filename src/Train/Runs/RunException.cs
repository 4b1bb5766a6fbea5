using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Runs;

/// <summary>
/// Something about a run's files or options that its user can mend: the program prints the message and exits with 1.
/// </summary>
/// <remarks>The message is one line: the file or option, the rule, what was found, and what to do.</remarks>
public sealed class RunException : UserException
{
    public RunException(string subject, string expected, string actual, string advice, Exception? inner = null)
        : base($"{subject}: expected {expected}; got {actual}. {advice}", inner)
    {
    }

    private RunException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The same with one more sentence of advice.</summary>
    internal RunException With(string sentence) => new($"{Message} {sentence}", this);

    /// <summary>What went wrong while <paramref name="path"/> was written, in words for its user.</summary>
    internal static RunException Writing(string path, Exception exception) => exception switch
    {
        IOException { HResult: var code } when IsDiskFull(code) => new(
            path,
            "room on the disk to write it",
            "a full disk",
            "Free some space and repeat the command; complete files are unharmed.",
            exception),
        IOException held when IsHeld(held) => new(
            path, "a file that no other process writes to", "one that another process holds",
            "Wait for its end, or choose another path.", exception),
        DirectoryNotFoundException => new(
            path, "a folder to write it in", "a path through something that is no folder", "Choose another path.", exception),
        UnauthorizedAccessException => new(
            path, "a place that may be written", "no permission", "Choose another path, or change the permissions.", exception),
        _ => new(
            path,
            "a place that can be written",
            OneLine(exception.Message),
            "Check the disk, or choose another path.",
            exception),
    };

    /// <summary>What went wrong while <paramref name="path"/> was read, in words for its user.</summary>
    internal static RunException Reading(string path, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => new(
            path,
            "a file to read",
            "none of that name",
            "Check the path.",
            exception),
        UnauthorizedAccessException => new(
            path,
            "a file to read",
            Directory.Exists(path) ? "a folder" : "no permission",
            "Check the path and its permissions.",
            exception),
        _ => new(path, "a file that can be read", OneLine(exception.Message), "Check the disk, and try a copy.", exception),
    };

    /// <summary>Whether another process holds the file.</summary>
    // EWOULDBLOCK of Linux and of macOS; ERROR_SHARING_VIOLATION of Windows.
    internal static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    // Linux gives errno (ENOSPC 28, EDQUOT 122), Windows the codes of ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(int code) =>
        code is 28 or 122 or unchecked((int)0x80070070) or unchecked((int)0x80070027);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
