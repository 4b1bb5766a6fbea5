using System.Runtime.InteropServices;

namespace ILGPU.Runtime.OpenCL;

/// <summary>
/// Keeps the signals by which .NET learns of divisions by zero and of null references: drivers may put handlers of their own in
/// their place when they start (PoCL does so for SIGFPE, and then skips the division that should have thrown).
/// </summary>
internal static unsafe partial class RuntimeSignals
{
    /// <summary>More than any system's struct sigaction has.</summary>
    private const int HandlerSize = 512;

    private static readonly Lock Gate = new();

    /// <summary>SIGILL, SIGFPE, SIGSEGV, and SIGBUS, which alone has another number on macOS.</summary>
    private static readonly int[] Numbers = [4, 8, 11, OperatingSystem.IsMacOS() ? 10 : 7];

    /// <summary>Runs something that starts a driver, and puts the handlers back.</summary>
    public static T Keep<T>(Func<T> start)
    {
        if (OperatingSystem.IsWindows())
        {
            return start();
        }

        lock (Gate)
        {
            var handlers = stackalloc byte[Numbers.Length * HandlerSize];
            for (var i = 0; i < Numbers.Length; i++)
            {
                _ = SetHandler(Numbers[i], null, handlers + (i * HandlerSize));
            }

            try
            {
                return start();
            }
            finally
            {
                for (var i = 0; i < Numbers.Length; i++)
                {
                    _ = SetHandler(Numbers[i], handlers + (i * HandlerSize), null);
                }
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetHandler(int number, byte* handler, byte* previous);
}
