using System.Globalization;

namespace IlgpuVq.Train.Memory;

/// <summary>What the machine has to give.</summary>
internal static class MachineMemory
{
    private const string ControlGroup = "/sys/fs/cgroup";

    /// <summary>Free bytes, without swap, within the limit of the container: what a new allocation may touch.</summary>
    public static long Free()
    {
        if (OperatingSystem.IsLinux() && Read("/proc/meminfo") is { } table)
        {
            return Free(table, Read($"{ControlGroup}/memory.max"), Read($"{ControlGroup}/memory.current"));
        }

        GC.Collect(0);
        var info = GC.GetGCMemoryInfo();
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    /// <summary>The same of Linux's own tables: MemAvailable, and what is left of the control group's limit.</summary>
    /// <param name="table">/proc/meminfo.</param>
    /// <param name="limit">memory.max: a number, or max; null where there is no such file.</param>
    /// <param name="used">memory.current.</param>
    internal static long Free(string table, string? limit, string? used)
    {
        var line = table.Split('\n').FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var free = line is null ? long.MaxValue : 1024 * Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        return limit is null or ['m', ..] || used is null ? free : Math.Min(free, Math.Max(0, Number(limit) - Number(used)));
    }

    private static long Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : long.MaxValue / 1024;

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
