namespace ILGPU.Runtime.OpenCL;

/// <summary>Memory of an OpenCL device, which the host reaches by copies alone.</summary>
/// <remarks>Freed by Dispose; a buffer that is dropped without it is freed by the finalizer. What queues were given before may
/// still use it: the driver frees the memory after that.</remarks>
public sealed class CLMemoryBuffer : MemoryBuffer
{
    private readonly CLHandle? memory;

    /// <exception cref="CLException">The device has no room for the memory.</exception>
    internal CLMemoryBuffer(CLAccelerator accelerator, long length, int elementSize)
        : base(accelerator, length, elementSize)
    {
        try
        {
            memory = LengthInBytes > 0 ? accelerator.AllocateMemory(LengthInBytes) : null;
            accelerator.Memory.Add(LengthInBytes);
        }
        catch
        {
            GC.SuppressFinalize(this);
            throw;
        }
    }

    ~CLMemoryBuffer() => Dispose(false);

    public override nint NativePtr => memory?.Value ?? 0;

    internal override nint BaseAddress => unchecked((nint)DeviceBaseAddress);

    private CLLibrary Library => ((CLAccelerator)Accelerator).Library;

    private protected override void MemSetCore(AcceleratorStream stream, byte value, long offset, long length)
    {
        // Devices fill by whole words, where a range allows it, several times as fast as by bytes.
        const int Word = sizeof(ulong);
        Span<byte> pattern = stackalloc byte[offset % Word == 0 && length % Word == 0 ? Word : 1];
        pattern.Fill(value);
        var queue = (CLStream)stream;
        queue.Check(Library.EnqueueFill(queue.Queue, memory!, pattern, offset, length), nameof(MemSet), length);
    }

    private protected override void CopyFromHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset)
    {
        var queue = (CLStream)stream;
        queue.Check(Library.Write(queue.Queue, memory!, targetOffset, source), "CopyFromCPU", source.Length);
    }

    private protected override void CopyToHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset)
    {
        var queue = (CLStream)stream;
        queue.Check(Library.Read(queue.Queue, memory!, sourceOffset, target), "CopyToCPU", target.Length);
    }

    private protected override void CopyFromBufferCore(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffset,
        long targetOffset,
        long length)
    {
        var queue = (CLStream)stream;
        var from = ((CLMemoryBuffer)source.Storage).memory!;
        if (from == memory && Math.Abs(sourceOffset - targetOffset) < length)
        {
            // OpenCL refuses ranges that overlap, so they go through memory of their own, which the driver frees after the copy.
            using var between = ((CLAccelerator)Accelerator).AllocateMemory(length);
            queue.Check(Library.EnqueueCopy(queue.Queue, from, sourceOffset, between, 0, length), "CopyTo", length);
            queue.Check(Library.EnqueueCopy(queue.Queue, between, 0, memory, targetOffset, length), "CopyTo", length);
        }
        else
        {
            queue.Check(Library.EnqueueCopy(queue.Queue, from, sourceOffset, memory!, targetOffset, length), "CopyTo", length);
        }
    }

    private protected override void DisposeCore(bool disposing)
    {
        memory?.Dispose();
        Accelerator.Memory.Remove(LengthInBytes);
    }
}
