using System.Runtime.InteropServices;

namespace IlgpuVq.Tensors.Host;

/// <summary>Memory from the operating system, on huge pages where there are some to ask for.</summary>
/// <remarks>Winograd's transforms write dozens of places many pages apart: with pages of 4 KiB most of them miss the processor's
/// table of pages.</remarks>
internal static unsafe partial class HostMemory
{
    private const int HugePage = 2 * 1024 * 1024;
    private const int Alignment = 64;

    /// <summary>MADV_HUGEPAGE of Linux.</summary>
    private const int AdviseHugePages = 14;

    /// <summary>So many bytes, 64-byte aligned, undefined.</summary>
    public static void* Allocate(nuint bytes)
    {
        if (bytes < HugePage || !OperatingSystem.IsLinux())
        {
            return NativeMemory.AlignedAlloc(bytes, Alignment);
        }

        var memory = NativeMemory.AlignedAlloc(bytes, HugePage);

        // Advice: whether it is taken, and any failure, changes nothing but the speed.
        _ = Advise(memory, bytes / HugePage * HugePage, AdviseHugePages);
        return memory;
    }

    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
