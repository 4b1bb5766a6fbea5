using System.Runtime.InteropServices;

namespace IlgpuVq.Train.Runs;

/// <summary>Brings files and folders to the disk itself, where they outlast the power.</summary>
internal static partial class DiskSync
{
    private const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC, the same on Linux for x64 and arm64

    // errno of file systems that know no flush of folders: EINVAL, ENOSYS, EOPNOTSUPP.
    private static readonly int[] Unsupported = [22, 38, 95];

    /// <summary>Told the path of each file and folder that this thread has brought there, for tests: they cannot cut the
    /// power.</summary>
    [field: ThreadStatic]
    internal static Action<string>? Flushed { get; set; }

    /// <summary>What is written of a file.</summary>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public static void Flush(FileStream file)
    {
        file.Flush(flushToDisk: true);
        Flushed?.Invoke(file.Name);
    }

    /// <summary>The names in a folder, so that a file renamed or created in it is still there.</summary>
    /// <remarks>Does nothing outside Linux: Windows has no such call, and journals what a rename needs.</remarks>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            // A folder that may be written but not read: its entries reach the disk when the kernel sees fit.
            return;
        }

        try
        {
            if (FlushDescriptor(descriptor) != 0 && Marshal.GetLastPInvokeError() is var error && !Unsupported.Contains(error))
            {
                throw new IOException($"{folder}: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }

            Flushed?.Invoke(folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
