using System.Globalization;

namespace ILGPU.Runtime;

/// <summary>How much memory of an accelerator is in use.</summary>
internal sealed class MemoryAccount
{
    /// <summary>A whole number of MiB that the buffers of an accelerator may have together, to share a device with others.</summary>
    public const string LimitVariable = "ILGPUVQ_MEMORY_LIMIT";

    private long bytes;
    private long buffers;

    /// <summary>The limit of <see cref="LimitVariable"/> in bytes; none where it names no number.</summary>
    public static long LimitOfThisProcess { get; } =
        uint.TryParse(Environment.GetEnvironmentVariable(LimitVariable), CultureInfo.InvariantCulture, out var mebibytes)
            ? (long)mebibytes << 20
            : long.MaxValue;

    public long LiveBytes => Interlocked.Read(ref bytes);

    public long LiveBuffers => Interlocked.Read(ref buffers);

    public void Add(long size)
    {
        Interlocked.Add(ref bytes, size);
        Interlocked.Increment(ref buffers);
    }

    public void Remove(long size)
    {
        Interlocked.Add(ref bytes, -size);
        Interlocked.Decrement(ref buffers);
    }
}
