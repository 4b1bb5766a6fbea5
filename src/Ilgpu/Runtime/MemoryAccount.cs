namespace ILGPU.Runtime;

/// <summary>How much memory of an accelerator is in use, for tests of leaks.</summary>
internal sealed class MemoryAccount
{
    private long bytes;
    private long buffers;

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
